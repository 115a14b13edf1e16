"""The experiment of an object: its labels, and the owner reference by which the object is garbage-collected."""

from typing import Any, Final

from automl_api.kinds import EXPERIMENTS, JOBS
from automl_api.names import GROUP, LABEL_EXPERIMENT
from automl_api.resources import Experiment, PublishedModel

Object = dict[str, Any]

LABEL_EXPERIMENT_UID: Final = f"{GROUP}/experiment-uid"
MANAGED_BY: Final = "app.kubernetes.io/managed-by"
MANAGER: Final = "automl-operator"
OURS: Final = f"{MANAGED_BY}={MANAGER}"
"""The label selector for the objects that the operator created."""


def labels_of(experiment: Experiment) -> dict[str, str]:
    """The labels of every object that is created for this experiment, with this uid."""
    meta = experiment.metadata
    return {MANAGED_BY: MANAGER, LABEL_EXPERIMENT: meta.name, LABEL_EXPERIMENT_UID: meta.uid}


def owner_reference(owner: Experiment | PublishedModel, *, controller: bool) -> Object:
    """A reference to an owner; an object is deleted when its last owner is."""
    reference: Object = {
        "apiVersion": owner.api_version,
        "kind": owner.kind,
        "name": owner.metadata.name,
        "uid": owner.metadata.uid,
    }
    return reference | ({"controller": True, "blockOwnerDeletion": True} if controller else {})


def belonging(body: Object, experiment: Experiment, *, owned: bool) -> Object:
    """The object in the experiment's namespace, with its labels and, when `owned`, its owner reference."""
    given = body["metadata"]
    metadata: Object = {
        "name": given["name"],
        "namespace": experiment.metadata.namespace,
        "labels": given.get("labels", {}) | labels_of(experiment),
    }
    if given.get("annotations"):
        metadata["annotations"] = given["annotations"]
    if owned:
        metadata["ownerReferences"] = [owner_reference(experiment, controller=True)]
    return body | {"metadata": metadata}


def life_of(item: Object) -> str:
    """The uid of an object's experiment: from its owner, else (a model) from its label; "" without either."""
    owner = _controller(item)
    if owner.get("kind") == EXPERIMENTS.kind:
        return str(owner["uid"])
    return str(item["metadata"].get("labels", {}).get(LABEL_EXPERIMENT_UID, ""))


def answered_by(model: Object) -> str:
    """The uid of the experiment that a model answers; "" when its spec and its label name different ones."""
    uid = life_of(model)
    return uid if (model.get("spec", {}).get("experimentUid") or uid) == uid else ""


def owner_of(item: Object) -> str:
    """The uid of the experiment that owns an object; "" unless owner and labels agree."""
    labels, owner = item["metadata"].get("labels", {}), _controller(item)
    if (owner.get("kind"), owner.get("apiVersion")) != (EXPERIMENTS.kind, EXPERIMENTS.api_version):
        return ""
    agree = labels.get(LABEL_EXPERIMENT) == owner["name"] and labels.get(LABEL_EXPERIMENT_UID) == owner["uid"]
    return str(owner["uid"]) if agree else ""


def job_of(pod: Object) -> str:
    """The uid of the Job that owns a pod; "" without one."""
    owner = _controller(pod)
    return str(owner["uid"]) if owner.get("kind") == JOBS.kind and owner.get("apiVersion") == JOBS.api_version else ""


def _controller(item: Object) -> Object:
    owners = item["metadata"].get("ownerReferences", ())
    return next((owner for owner in owners if owner.get("controller")), {})
