"""How long to wait before the next try at a broker that does not answer."""

import random

FIRST_SECONDS = 0.1
LONGEST_SECONDS = 10.0
LONGEST_RETRY_AFTER_SECONDS = 60.0


def pause_seconds(failures: int, retry_after: float, generator: random.Random) -> float:
    """Exponential with full jitter after the n-th failure in a row (from 1), never sooner than `retry_after` says.

    Method: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """
    ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures - 1, 16))
    return min(retry_after, LONGEST_RETRY_AFTER_SECONDS) + generator.uniform(0.0, ceiling)
