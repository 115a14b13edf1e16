"""How many threads are worth starting; one answer for a run on this machine and for a model that predicts."""

import os


def allowed_cores() -> int:
    """How many cores this process may run on, as the system says; no quota of a container is counted."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # macOS and Windows
