"""The command `automl-operator`."""

import signal
import sys
from argparse import ArgumentParser, Namespace
from importlib.metadata import version
from pathlib import Path

UNUSABLE = 2


def main() -> int:
    """Serve a cluster until SIGTERM. Returns exit code 0 after SIGTERM, 2 for unusable settings, 1 for other errors."""
    # Process 1 of a container has no default handlers: without this, SIGTERM would be ignored while modules load.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    arguments = _arguments()
    from automl_api.validation import InvalidManifest
    from automl_operator.kube.settings_file import load_settings

    try:
        settings = load_settings(arguments.config.read_text(), str(arguments.config))
    except (OSError, UnicodeDecodeError, InvalidManifest) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    try:
        from automl_operator.kube.command import serve
    except ModuleNotFoundError as error:
        print(f"{error}; install automl-operator[operator]", file=sys.stderr)
        return UNUSABLE
    return serve(settings, arguments.kubeconfig, version("automl-operator"))


def _arguments() -> Namespace:
    parser = ArgumentParser(
        prog="automl-operator",
        description="Serves the AutoMLExperiments of a Kubernetes cluster. "
        "On one machine use: automl fit --data FILE --target COLUMN",
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the settings, in YAML")
    parser.add_argument(
        "--kubeconfig",
        default="",
        metavar="FILE",
        help="the kubeconfig file; without it the pod's service account, else $KUBECONFIG or ~/.kube/config",
    )
    parser.add_argument("--version", action="version", version=f"automl-operator {version('automl-operator')}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
