"""The volume claim for an experiment's data where no store is named; the experiment adopts it.

A claim is deleted some time after its owners. A file uploaded to such a claim would be lost, and no new pod may mount
it. So an experiment that is deleted and applied again waits until the old claim is gone, and gets a new one.
"""

from automl.cluster.api import Cluster, Object
from automl.cluster.errors import ClusterError, Exists
from automl.cluster.pod_life import WaitPolicy
from automl_api.kinds import CLAIMS, EXPERIMENTS, MODELS
from automl_api.names import LABEL_EXPERIMENT
from automl_api.quantities import format_duration

GONE_SECONDS = 120.0
"""Longer than the pods of a deleted experiment may take to end; a claim stays while a pod mounts it."""
LOOK_SECONDS = 1.0
OWNERS = {(kind.group, kind.kind): kind for kind in (EXPERIMENTS, MODELS)}


def claim_to_adopt(experiment: str, name: str, size: str) -> Object:
    """The claim that an experiment will adopt as its store, of the default StorageClass."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "labels": {LABEL_EXPERIMENT: experiment}},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
    }


def ensure_claim(cluster: Cluster, body: Object, wait: WaitPolicy) -> None:
    """Create a claim, or use an existing one that is not being deleted.

    Raises ClusterError where an old claim is not gone in time.
    """
    started = wait.clock()
    while is_going(cluster, claim := _there_or_new(cluster, body)):
        waited, name = wait.clock() - started, claim["metadata"]["name"]
        if waited > GONE_SECONDS:
            raise ClusterError(_still_there(claim, cluster.place.flags))
        wait.say(f"waiting until the old volume claim {name} is gone, {format_duration(waited)}")
        wait.sleep(LOOK_SECONDS)


def is_going(cluster: Cluster, claim: Object) -> bool:
    """True when a claim is being deleted, or will be because none of its owners exists any more."""
    meta = claim["metadata"]
    owners = meta.get("ownerReferences") or ()
    return bool(meta.get("deletionTimestamp")) or (bool(owners) and not any(_lives(cluster, own) for own in owners))


def _there_or_new(cluster: Cluster, body: Object) -> Object:
    # Looked up before it is created: an exhausted quota would refuse the create even of an existing claim.
    found = cluster.get(CLAIMS, body["metadata"]["name"])
    if found is not None:
        return found
    try:
        return cluster.create(CLAIMS, body)
    except Exists:
        # Another process has created it meanwhile.
        return _there_or_new(cluster, body)


def _lives(cluster: Cluster, owner: Object) -> bool:
    """True when an owner exists by name and uid; an owner of a foreign kind is assumed to exist."""
    kind = OWNERS.get((owner["apiVersion"].partition("/")[0], owner["kind"]))
    if kind is None:
        return True
    found = cluster.get(kind, owner["name"])
    if found is None or found["metadata"]["uid"] != owner["uid"]:
        return False
    return not found["metadata"].get("deletionTimestamp")


def _still_there(claim: Object, flags: str) -> str:
    meta = claim["metadata"]
    problem = f"the old volume claim {meta['name']} is still there after {format_duration(GONE_SECONDS)}"
    if meta.get("deletionTimestamp"):
        return (
            f"{problem}: it is being deleted, but a pod may still mount it; kubectl describe pvc {meta['name']}{flags}"
        )
    return (
        f"{problem}, though its owner was deleted; delete it and all that is in it, then run the command again: "
        f"kubectl delete pvc {meta['name']}{flags}"
    )
