"""The volume claim of an experiment without a named store."""

from automl_api.names import LABEL_EXPERIMENT
from automl_api.resources import Experiment
from automl_operator.kube.manifests.belonging import MANAGED_BY, MANAGER, Object, owner_reference


def claim_name(experiment: str) -> str:
    """The name of an experiment's claim; `automl apply --data` creates it under the same name."""
    return f"{experiment}-store"


def store_claim(experiment: Experiment, *, storage_class: str, size: str) -> Object:
    """A ReadWriteOnce claim; without a storage class it gets the cluster's default. Later the model owns it, too."""
    meta = experiment.metadata
    spec: Object = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    if storage_class:
        spec["storageClassName"] = storage_class
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": claim_name(meta.name),
            "namespace": meta.namespace,
            # Not the uid: the claim may outlive this experiment with its model, and serve a later one of the same name.
            "labels": {MANAGED_BY: MANAGER, LABEL_EXPERIMENT: meta.name},
            "ownerReferences": [owner_reference(experiment, controller=False)],
        },
        "spec": spec,
    }
