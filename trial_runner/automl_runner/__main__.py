"""The command `automl-runner`: what a runner's pod or process runs. All that it is told comes by environment."""

import os
import sys

from automl_runner.agent import run

CHILDREN = (sys.executable, "-P", "-m", "automl_runner.children")


def main() -> None:
    """Exits with a code of `automl_api.protocol.exit_codes`."""
    sys.exit(run(os.environ, CHILDREN, _learners))


def _learners() -> tuple[str, ...]:
    from automl_runner.learners import available

    return available()


if __name__ == "__main__":
    main()
