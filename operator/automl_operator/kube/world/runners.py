"""A Job and its pod as a runner."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from automl_api.names import LABEL_POOL
from automl_operator.decisions.snapshot import Ending, RunnerState
from automl_operator.kube.api.api import Object
from automl_operator.kube.manifests.runner_job import ANNOTATION_RUNNER
from automl_operator.kube.world.endings import job_ending, pod_ending
from automl_operator.kube.world.hearsay import LastWord
from automl_operator.kube.world.troubles import POD_REFUSED, QUOTA_EXCEEDED, Trouble, pending_pod, refused_pod

MAX_MESSAGE: Final = 1024


def runner_state(job: Object, pods: Iterable[Object], last_word: LastWord) -> RunnerState:
    """A runner as decisions see it; its uid is its pod's, or until there is one its Job's."""
    pod = _newest(pods)
    if pod is None:
        return _without_pod(job, last_word)
    ending = pod_ending(pod)
    if ending is not None:
        return _ended(job, uid_of(pod), ending)
    if pod.get("status", {}).get("phase") == "Running":
        return _state(job, uid_of(pod), "running")
    trouble = pending_pod(pod, last_word(uid_of(pod)))
    return _pending(job, uid_of(pod), trouble, created_at(pod))


def _without_pod(job: Object, last_word: LastWord) -> RunnerState:
    uid, ending = uid_of(job), job_ending(job)
    if ending is not None:
        return _ended(job, uid, ending)
    word = last_word(uid)
    trouble = refused_pod(word) if word is not None else None
    if trouble is not None and trouble.final:
        refused = _ended(job, uid, Ending("program", POD_REFUSED, trouble.message[:MAX_MESSAGE]))
        return replace(refused, pending_since=created_at(job))
    return _pending(job, uid, trouble, created_at(job))


def _pending(job: Object, uid: str, trouble: Trouble | None, since: float) -> RunnerState:
    """A full quota is waited for without end: others' work makes room in its own time."""
    waits = trouble is not None and trouble.reason == QUOTA_EXCEEDED
    return RunnerState(
        name=runner_of(job),
        uid=uid,
        pool=_pool_of(job),
        phase="pending",
        message=trouble.message[:MAX_MESSAGE] if trouble else "",
        trouble=trouble.reason if trouble else "",
        pending_since=None if waits else since,
    )


def _ended(job: Object, uid: str, ending: Ending) -> RunnerState:
    return RunnerState(name=runner_of(job), uid=uid, pool=_pool_of(job), phase="ended", ending=ending)


def _state(job: Object, uid: str, phase: str) -> RunnerState:
    return RunnerState(name=runner_of(job), uid=uid, pool=_pool_of(job), phase=phase)


def _newest(pods: Iterable[Object]) -> Object | None:
    """A Job of ours makes one pod; should it ever have made two, the later one counts."""
    return max(pods, key=lambda pod: (created_at(pod), uid_of(pod)), default=None)


def runner_of(job: Object) -> str:
    """The name that decisions have given the runner."""
    metadata = job["metadata"]
    return str(metadata.get("annotations", {}).get(ANNOTATION_RUNNER) or metadata["name"])


def _pool_of(job: Object) -> str:
    return str(job["metadata"].get("labels", {}).get(LABEL_POOL, ""))


def uid_of(item: Object) -> str:
    """An object's uid."""
    return str(item["metadata"].get("uid", ""))


def created_at(item: Object) -> float:
    """When an object was created, in unix seconds; 0 where it is not said."""
    text = item["metadata"].get("creationTimestamp")
    return datetime.fromisoformat(str(text)).timestamp() if text else 0.0
