"""The names of signals, for messages about processes that a signal has ended."""

import signal


def signal_name(number: int) -> str:
    """`SIGKILL` for 9; `signal 40` for one that has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
