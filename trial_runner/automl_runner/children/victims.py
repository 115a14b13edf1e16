"""Makes a child rather than its agent the kernel's choice when memory runs out."""

from pathlib import Path

_SCORE = Path("/proc/self/oom_score_adj")
_MORE, _MOST = 500, 1000


def prefer_this_process(score: Path = _SCORE) -> None:
    """Raise this process's score above its agent's, which needs no privileges; nothing happens where there is none.

    By a part of the scale only: on a machine without limits others are not spared at this child's cost.
    """
    try:
        score.write_text(str(min(_MOST, int(score.read_text()) + _MORE)))
    except OSError:
        # Not on this system; then the kernel goes by size, and a child is larger than its agent.
        return
