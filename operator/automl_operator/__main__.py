"""The command `automl-operator`."""

import sys
from argparse import ArgumentParser


def main() -> int:
    """Say where the operator runs, and what to use here; exit code 2."""
    ArgumentParser(
        prog="automl-operator",
        description="Serves AutoMLExperiments on a Kubernetes cluster, from the next version on. "
        "On one machine use: automl fit --data FILE --target COLUMN",
    ).parse_args()
    print(
        "automl-operator runs on a Kubernetes cluster, which this version does not serve yet; "
        "on one machine use: automl fit --data FILE --target COLUMN",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
