"""Numbers as text for people."""


def score_text(value: float) -> str:
    """A score with three decimals; below 0.1 it has three digits, from 10 on at least four."""
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}" if size >= 100 else f"{value:.2f}"
    return f"{value:.3f}" if size >= 0.1 or size == 0 else f"{value:.3g}"


def counted(number: int, noun: str) -> str:
    """`1 trial`, `1,200 trials`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def memory_text(size: int) -> str:
    """Bytes in GiB or MiB, as a machine's memory is mostly given."""
    if size >= 2**30:
        return f"{round(size / 2**30)} GiB"
    return f"{round(size / 2**20)} MiB"
