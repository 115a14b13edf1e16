"""Reads a Job and its pod as a runner."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from automl_api import reasons
from automl_api.names import LABEL_POOL
from automl_api.pod_diagnosis import PodDiagnosis
from automl_operator.decisions.state.snapshot import Ending, RunnerState
from automl_operator.kube.api.api import Object
from automl_operator.kube.manifests.runner_job import runner_of
from automl_operator.kube.world.endings import job_ending, pod_ending
from automl_operator.kube.world.foreign_events import LatestEvent
from automl_operator.kube.world.pod_diagnostics import pending_runner, refused_pod

MAX_MESSAGE: Final = 1024


def runner_state(job: Object, pods: Iterable[Object], last_word: LatestEvent) -> RunnerState:
    """A runner as decisions see it. Its uid is its pod's; before there is a pod, its Job's."""
    pod = pod_of(pods)
    if pod is None:
        return _without_pod(job, last_word)
    ending = pod_ending(pod)
    if ending is not None:
        return _ended(job, uid_of(pod), ending)
    if pod.get("status", {}).get("phase") == "Running":
        return _state(job, uid_of(pod), "running")
    problem = pending_runner(pod, last_word(uid_of(pod)))
    return _pending(job, uid_of(pod), problem, created_at(pod))


def _without_pod(job: Object, last_word: LatestEvent) -> RunnerState:
    uid, ending = uid_of(job), job_ending(job)
    if ending is not None:
        return _ended(job, uid, ending)
    event = last_word(uid)
    problem = refused_pod(event) if event is not None else None
    if problem is not None and problem.final:
        refused = _ended(job, uid, Ending("program", reasons.POD_REFUSED, problem.message[:MAX_MESSAGE]))
        return replace(refused, pending_since=created_at(job))
    return _pending(job, uid, problem, created_at(job))


def _pending(job: Object, uid: str, problem: PodDiagnosis | None, since: float) -> RunnerState:
    """A pending runner. With a full quota it has no `pending_since`: it may wait for ever until others make room."""
    waits = problem is not None and problem.reason == reasons.QUOTA_EXCEEDED
    return RunnerState(
        name=runner_of(job),
        uid=uid,
        pool=_pool_of(job),
        phase="pending",
        message=problem.message[:MAX_MESSAGE] if problem else "",
        problem=problem.reason if problem else "",
        pending_since=None if waits else since,
    )


def _ended(job: Object, uid: str, ending: Ending) -> RunnerState:
    return RunnerState(name=runner_of(job), uid=uid, pool=_pool_of(job), phase="ended", ending=ending)


def _state(job: Object, uid: str, phase: str) -> RunnerState:
    return RunnerState(name=runner_of(job), uid=uid, pool=_pool_of(job), phase=phase)


def pod_of(pods: Iterable[Object]) -> Object | None:
    """The pod of a runner's Job: the first that lives, else the last. A Job creates one; others made later ones."""
    by_age = sorted(pods, key=lambda pod: (created_at(pod), uid_of(pod)))
    alive = (pod for pod in by_age if pod_ending(pod) is None)
    return next(alive, by_age[-1] if by_age else None)


def _pool_of(job: Object) -> str:
    return str(job["metadata"].get("labels", {}).get(LABEL_POOL, ""))


def uid_of(item: Object) -> str:
    """An object's uid."""
    return str(item["metadata"].get("uid", ""))


def created_at(item: Object) -> float:
    """The time of an object's creation, in Unix seconds; 0 when it is unknown."""
    text = item["metadata"].get("creationTimestamp")
    return datetime.fromisoformat(str(text)).timestamp() if text else 0.0
