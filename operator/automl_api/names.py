"""Names that all programs must spell alike: the API group, labels, annotations and the names of child objects."""

from typing import Final

GROUP: Final = "automl-operator.dev"
VERSION: Final = "v1alpha1"
API_VERSION: Final = "automl-operator.dev/v1alpha1"

LABEL_EXPERIMENT = f"{GROUP}/experiment"
LABEL_POOL = f"{GROUP}/pool"
ANNOTATION_HOLDER = f"{GROUP}/holder"

MAX_NAME_LENGTH = 40
NAME_PATTERN = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"
RUNNER_AUDIENCE = f"runner.{GROUP}"


def stem(experiment: str, uid: str) -> str:
    """The beginning of the names of an experiment's children: `<experiment>-<5 characters of its uid>`."""
    return f"{experiment}-{uid.replace('-', '')[:5]}"


def plan_name(experiment: str, uid: str) -> str:
    """The name of an experiment's plan."""
    return stem(experiment, uid)


def model_name(experiment: str, uid: str) -> str:
    """The name of an experiment's model. It has more of the uid, because models outlive their experiments."""
    return f"{experiment}-{uid.replace('-', '')[:10]}"


def store_prefix(namespace: str, experiment: str, uid: str) -> str:
    """The path of all files of an experiment below the store's root.

    The namespace comes first, so that access can be granted by prefix. The whole uid separates experiments that had the
    same name one after another.
    """
    return f"{namespace}/{experiment}-{uid}"


def trial_name(experiment: str, uid: str, index: int) -> str:
    """The name of an experiment's trial number `index` (from 0)."""
    return f"{stem(experiment, uid)}-{index}"


def runner_name(experiment: str, uid: str, pool: str, index: int) -> str:
    """The name of an experiment's runner number `index` (from 0) in a pool."""
    return f"{stem(experiment, uid)}-{pool}-{index}"
