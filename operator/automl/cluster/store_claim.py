"""The claim that takes an experiment's data where no store is named; the experiment adopts it.

With its owners a claim goes, too, though later. What is uploaded to one that goes would go with it, and no new pod may
mount it: an experiment that is deleted and applied anew waits for the old claim's end and gets another.
"""

from automl.cluster.api import Cluster, Object
from automl.cluster.errors import ClusterError, Exists
from automl.cluster.pod_life import WaitPolicy
from automl_api.kinds import CLAIMS, EXPERIMENTS, MODELS
from automl_api.names import LABEL_EXPERIMENT
from automl_api.quantities import format_duration

GONE_SECONDS = 120.0
"""Longer than the pods of a deleted experiment may take to end; the claim stays for as long as one mounts it."""
LOOK_SECONDS = 1.0
OWNERS = {(kind.group, kind.kind): kind for kind in (EXPERIMENTS, MODELS)}


def store_claim(experiment: str, name: str, size: str) -> Object:
    """The claim that an experiment will adopt as its store, of the default StorageClass."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "labels": {LABEL_EXPERIMENT: experiment}},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
    }


def ensure_claim(cluster: Cluster, body: Object, wait: WaitPolicy) -> None:
    """Create a claim; one that is there already and stays is used as it is.

    Raises ClusterError where an old one does not go in time.
    """
    started = wait.clock()
    while is_going(cluster, claim := _there_or_new(cluster, body)):
        waited, name = wait.clock() - started, claim["metadata"]["name"]
        if waited > GONE_SECONDS:
            raise ClusterError(_still_there(claim, cluster.place.flags))
        wait.say(f"waiting until the old volume claim {name} is gone, {format_duration(waited)}")
        wait.sleep(LOOK_SECONDS)


def is_going(cluster: Cluster, claim: Object) -> bool:
    """Whether a claim is being deleted, or will be: it has owners, and none of them is there any more."""
    meta = claim["metadata"]
    owners = meta.get("ownerReferences") or ()
    return bool(meta.get("deletionTimestamp")) or (bool(owners) and not any(_lives(cluster, own) for own in owners))


def _there_or_new(cluster: Cluster, body: Object) -> Object:
    # Asked for before it is created: a quota that is used up would refuse what is there already.
    found = cluster.get(CLAIMS, body["metadata"]["name"])
    if found is not None:
        return found
    try:
        return cluster.create(CLAIMS, body)
    except Exists:
        # Somebody was faster.
        return _there_or_new(cluster, body)


def _lives(cluster: Cluster, owner: Object) -> bool:
    """Whether an owner is there, and not another of its name; of a kind that is not ours it is taken to be."""
    kind = OWNERS.get((owner["apiVersion"].partition("/")[0], owner["kind"]))
    if kind is None:
        return True
    found = cluster.get(kind, owner["name"])
    if found is None or found["metadata"]["uid"] != owner["uid"]:
        return False
    return not found["metadata"].get("deletionTimestamp")


def _still_there(claim: Object, flags: str) -> str:
    meta = claim["metadata"]
    named = f"the old volume claim {meta['name']} is still there after {format_duration(GONE_SECONDS)}"
    if meta.get("deletionTimestamp"):
        return f"{named}: it is being deleted, but a pod may still mount it; kubectl describe pvc {meta['name']}{flags}"
    return (
        f"{named}, though what owned it was deleted; delete it and all that is in it, then run the command again: "
        f"kubectl delete pvc {meta['name']}{flags}"
    )
