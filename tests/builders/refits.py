"""Experiments whose search has just ended, and the work that decisions give out for them."""

from dataclasses import replace
from typing import Any

from automl_api.resources import RefitResult, RefitStatus, Trial
from automl_operator.decisions.state.actions import Action, Grant
from automl_operator.decisions.state.snapshot import Lease, RunnerSession, Snapshot
from automl_operator.decisions.state.work_id import refit_id
from builders.decisions import NOW, a_lease, a_session, a_snapshot, of
from builders.experiments import a_learner, a_plan, a_trial, an_experiment

DONE = RefitStatus(result=RefitResult(manifest="refit"))


def a_searched(*trials: Trial, plan: dict[str, Any] | None = None, **spec: Any) -> Snapshot:
    """An experiment whose search has just ended."""
    defaults: dict[str, Any] = {
        "refit": True,
        "finalize_seconds": 5.0,
        "learners": (a_learner("linear"), a_learner("trees")),
    }
    return a_snapshot(
        an_experiment(trials=len(trials), **spec), trials=trials, plan=a_plan(**(defaults | (plan or {})))
    )


def a_refitting_session(uid: str = "r0", free: int = 2, **fields: Any) -> RunnerSession:
    """A runner that can do refits."""
    session = a_session(uid, free=free, **fields)
    return replace(session, announcement=session.announcement.replace(work=("prepare", "fit", "refit", "finalize")))


def finished(
    index: int, score: float, learner: str = "linear", refit: RefitStatus | None = None, seconds: float = 1.0
) -> Trial:
    """A trial with five folds, each of which took `seconds`."""
    trial = a_trial(index, *[score] * 5, state="Succeeded", learner=learner, refit=refit)
    folds = tuple(fold.replace(seconds=seconds) for fold in trial.status.folds)
    return trial.replace(status=trial.status.replace(folds=folds))


def a_refit_lease(trial: int, runner: str = "r0", attempt: int = 1) -> Lease:
    lease = a_lease(runner=runner)
    identity = refit_id(trial, attempt, NOW)
    return replace(lease, id=identity, progress=lease.progress.replace(id=identity, attempt=attempt))


def work_of(actions: tuple[Action, ...]) -> list[str]:
    """The kinds of granted work. A refit is followed by its trial's number."""
    grants = [grant.assignment for grant in of(Grant, actions)]
    return [f"refit {work.refit.trial[-1]}" if work.refit else work.kind for work in grants]
