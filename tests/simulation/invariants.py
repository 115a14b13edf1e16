"""Invariants of every history, checked from the outside and computed independently of the decisions."""

from collections import Counter
from math import isclose
from statistics import fmean
from typing import TYPE_CHECKING

from automl_api.metrics import METRICS
from automl_api.protocol import Assignment
from automl_operator.decisions.state.work_id import parse_work_id

if TYPE_CHECKING:
    from simulation.harness import Simulation

MIN_HEARTBEAT_LIFETIME = 30.0
SHOWN = 1e-5
"""The leaderboard shows six digits."""


def check_grant(harness: "Simulation", uid: str, assignment: Assignment) -> None:
    """Check I1, and that no work is leased twice at once or before it is recorded."""
    leases = harness.memory.leases
    assert len(leases) < harness.experiment.spec.parallelism, "I1: live leases <= parallelism"
    runner = next(runner for runner in harness.runners.values() if runner.uid == uid)
    assert len(runner.holding) < runner.slots, "a grant needs a free slot"
    assert assignment.id not in leases
    assert assignment.id not in harness.memory.over, "repeated work has another id"
    if assignment.kind == "fit":
        _check_fit(harness, assignment)
    elif assignment.kind == "refit":
        _check_refit(harness, assignment)
    else:
        work = harness.experiment.status.prepare if assignment.kind == "prepare" else harness.experiment.status.finalize
        assert (work.holder, work.attempts) == (uid, assignment.attempt), "recorded before the grant"
        assert not leases, "prepare and finalize are alone"


def _check_fit(harness: "Simulation", assignment: Assignment) -> None:
    assert assignment.fit is not None
    for identity in harness.memory.leases:
        live, mine = parse_work_id(identity), parse_work_id(assignment.id)
        assert live is not None
        assert mine is not None
        assert live.trial != mine.trial or not set(live.folds) & set(mine.folds), "no fold is at work twice"
    trial = next(trial for trial in harness.trials.values() if trial.metadata.name == assignment.fit.trial)
    assert trial.status.state == "Running", "a trial at work is Running"
    done = {fold.fold for fold in trial.status.folds}
    assert not done & set(assignment.fit.folds), "a finished fold is not leased again"


def _check_refit(harness: "Simulation", assignment: Assignment) -> None:
    assert assignment.refit is not None
    assert harness.experiment.status.finalize.attempts == 0, "the model is not being built yet"
    index = int(assignment.refit.trial.rsplit("-", 1)[1])
    status = harness.trials[index].status
    assert any(trial == assignment.refit.trial for trial, _ in harness.store), "a refitted trial has stored folds"
    assert status.refit is None or status.refit.result is None, "a refit that is done is not leased again"
    work_ids = [parse_work_id(identity) for identity in harness.memory.leases]
    assert all(work_id is not None and work_id.kind == "refit" and work_id.trial != index for work_id in work_ids)


def check_trials(harness: "Simulation") -> None:
    """Check I2: configurations are distinct, and no more than the budget allows."""
    keys = [trial.spec.configuration.key for trial in harness.trials.values()]
    assert len(set(keys)) == len(keys)
    assert len(keys) <= harness.most_trials


def check_status(harness: "Simulation") -> None:
    """Check I4, I5 and I6: every written status is true."""
    status = harness.experiment.status
    states = Counter(trial.status.state for trial in harness.trials.values())
    counted = status.trials
    assert counted.total == len(harness.trials), "I4"
    assert counted.running == states["Running"] + states["Paused"], "I4"
    truth = (states["Succeeded"], states["Stopped"], states["Infeasible"], states["Failed"])
    assert (counted.succeeded, counted.stopped, counted.infeasible, counted.failed) == truth, "I4"
    assert status.observed_generation == harness.experiment.metadata.generation, "I6"
    _check_best(harness)


def _check_best(harness: "Simulation") -> None:
    scores = {
        trial.metadata.name: {fold.fold: fold.score for fold in trial.status.folds}
        for trial in harness.trials.values()
        if trial.status.folds and trial.status.state not in ("Infeasible", "Failed")
    }
    best = harness.experiment.status.best
    if not scores:
        assert best is None, "I5"
        return
    assert best is not None, "I5"
    most = max(len(folds) for folds in scores.values())
    assert best.folds == most, "I5: the highest fidelity"
    if most == harness.script.plan.folds:
        complete = {name: fmean(folds.values()) for name, folds in scores.items() if len(folds) == most}
        sign = METRICS[harness.script.plan.metric].sign
        assert isclose(sign * best.score, max(sign * score for score in complete.values()), rel_tol=SHOWN), (
            "I5: the best of them"
        )
        assert isclose(complete[best.trial], best.score, rel_tol=SHOWN), "I5"


def check_end(harness: "Simulation") -> None:
    """Check I3 and I9 at the end: no runner is left, every trial has ended, and no object is written any more."""
    assert not harness.runners, "I3: no orphans"
    status = harness.experiment.status
    assert status.trials.running == 0
    assert all(t.status.state in ("Succeeded", "Stopped", "Infeasible", "Failed") for t in harness.trials.values())
    if status.state == "Complete":
        assert harness.model is not None
        assert status.model == harness.model.metadata.name
        assert status.score == harness.model.spec.score
    else:
        assert any(condition.type == "Failed" and condition.message for condition in status.conditions)
    before = len(harness.written)
    harness.run(120.0, until_final=False)
    assert len(harness.written) == before, "I9: once its experiment has ended, an object is never written"


def check_rest(harness: "Simulation") -> None:
    """Check I9: at rest an object is written fewer than 5 times a minute."""
    start = harness.now
    harness.run(60.0, until_final=False)
    writes = Counter(name for at, name in harness.written if at > start)
    assert all(count < 5 for count in writes.values()), f"I9: {writes}"
