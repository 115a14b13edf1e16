"""The command `automl-operator`."""

import sys


def main() -> int:
    """Say where the operator runs, and what to use here; exit code 2."""
    print(
        "automl-operator runs on a Kubernetes cluster, which this version does not serve yet; "
        "on one machine use: automl fit --data FILE --target COLUMN",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
