"""The command `automl-runner`: what a runner's pod or process runs. All that it is told comes by environment."""

import os
import signal
import sys
from argparse import ArgumentParser

CHILDREN = (sys.executable, "-P", "-m", "automl_runner.children")


def main() -> None:
    """Exits with a code of `automl_api.protocol.exit_codes`."""
    # Process 1 of a container has no default handlers: until the agent answers it, SIGTERM would do nothing at all.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    ArgumentParser(
        prog="automl-runner",
        description="Leases work from the operator's broker and does it. The operator starts it and tells it all that it "
        "needs in AUTOML_* variables; people use the command automl.",
    ).parse_args()
    from automl_runner.agent import run

    sys.exit(run(os.environ, CHILDREN, _learners))


def _learners() -> tuple[str, ...]:
    from automl_runner.learners import available

    return available()


if __name__ == "__main__":
    main()
