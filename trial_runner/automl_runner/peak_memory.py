"""How much memory this process has needed."""

import resource
import sys


def peak_memory_bytes() -> int:
    """The most resident memory that this process has had; with a fork the zygote's shared pages are in it."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
