"""The volume claim of an experiment whose store nobody has named."""

from automl_api.names import LABEL_EXPERIMENT
from automl_api.resources import Experiment
from automl_operator.kube.manifests.belonging import MANAGED_BY, MANAGER, Object, owner_reference


def claim_name(experiment: str) -> str:
    """What the claim of an experiment is called; `automl apply --data` makes it under the same name."""
    return f"{experiment}-store"


def store_claim(experiment: Experiment, *, storage_class: str, size: str) -> Object:
    """A claim of one node's volume; no storage class means the cluster's default. The model will own it, too."""
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
            # Not the uid: the claim may outlive this experiment with its model, and serve another of its name.
            "labels": {MANAGED_BY: MANAGER, LABEL_EXPERIMENT: meta.name},
            "ownerReferences": [owner_reference(experiment, controller=False)],
        },
        "spec": spec,
    }
