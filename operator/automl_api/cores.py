"""The number of cores for threads, the same for runs on this machine and for models that predict."""

import os


def allowed_cores() -> int:
    """The number of cores that this process may run on. A container's CPU quota does not count."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS and Windows
