"""The name by which the command was called, so that users can copy the commands that it suggests."""

import sys
from pathlib import Path

PLUGIN = "kubectl-automl"
"""kubectl finds its plugins by this prefix."""


def command_name() -> str:
    """`kubectl automl` where kubectl has called it, else `automl`."""
    return "kubectl automl" if Path(sys.argv[0]).name == PLUGIN else "automl"
