"""The command `automl-runner`, which a runner's pod or process runs. Its settings come from the environment."""

import os
import signal
import sys
from argparse import ArgumentParser

CHILDREN = (sys.executable, "-P", "-m", "automl_runner.children")


def main() -> None:
    """Run a runner, and exit with a code of `automl_api.protocol.exit_codes`."""
    # Process 1 of a container has no default handlers: until the agent handles SIGTERM, it would do nothing at all.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    ArgumentParser(
        prog="automl-runner",
        description="Leases work from the operator's broker and does it. The operator starts it and passes its "
        "settings in AUTOML_* variables; people use the command automl.",
    ).parse_args()
    from automl_runner.agent import run

    sys.exit(run(os.environ, CHILDREN, _learners))


def _learners() -> tuple[str, ...]:
    from automl_runner.learners import available

    return available()


if __name__ == "__main__":
    main()
