"""The peak memory of this process."""

import resource
import sys


def peak_memory_bytes() -> int:
    """The most resident memory that this process has had. In a fork it includes the zygote's shared pages."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
