"""Makes the kernel kill a child rather than its agent when memory runs out."""

from pathlib import Path

_SCORE = Path("/proc/self/oom_score_adj")
_MORE, _MOST = 500, 1000


def prefer_this_process(score: Path = _SCORE) -> None:
    """Raise this process's out-of-memory score above its agent's, which needs no privileges.

    It rises by 500, not to the maximum of 1,000: on a machine without limits, a larger process of someone else should
    still be killed first.
    """
    try:
        score.write_text(str(min(_MOST, int(score.read_text()) + _MORE)))
    except OSError:
        # This system has no such score. Its kernel goes by size, and a child is larger than its agent.
        return
