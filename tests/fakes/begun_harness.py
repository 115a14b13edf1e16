"""An experiment in the middle of its search, under a controller with the real decisions, and its conditions."""

from typing import Any

from automl_api.resources import Condition, Plan, TrialStatus
from automl_api.resources.experiment_status import ExperimentStatus, WorkStatus
from automl_operator.controller.world import Unavailable, WriteRefused
from automl_operator.decisions.state.actions import (
    CreatePlan,
    CreateTrial,
    WriteExperimentStatus,
    WriteTrialStatus,
)
from automl_operator.decisions.state.snapshot import Key
from builders.control import a_claimed_trial, a_minimal_experiment
from builders.experiments import a_plan, folds_of
from fakes.controller_harness import ControllerHarness

DENIED = WriteRefused("Forbidden", 'admission webhook "policy.example.com" denied the request: no Jobs on Fridays')
QUOTA = Unavailable(
    '"churn-00000-7" is forbidden: exceeded quota: trials, used: count/automltrials=40', "QuotaExceeded"
)


async def begun(harness: ControllerHarness, *statuses: TrialStatus, plan: Plan | None = None, **spec: Any) -> Key:
    """Create an experiment with a plan and trials of these statuses; the real decisions run from now on."""
    key = harness.world.create(a_minimal_experiment(**spec))
    await harness.world.apply(key, CreatePlan(plan or a_plan(2)))
    for index, status in enumerate(statuses):
        trial = a_claimed_trial(index)
        await harness.world.apply(key, CreateTrial(trial))
        await harness.world.apply(key, WriteTrialStatus(trial.metadata.name, status))
    searching = ExperimentStatus(state="Searching", prepare=WorkStatus(attempts=1), active_seconds=7.0)
    await harness.world.apply(key, WriteExperimentStatus(searching))
    harness.world.applied.clear()
    harness.world.tried.clear()
    harness.decide_truly()
    return key


def succeeded(count: int) -> list[TrialStatus]:
    return [TrialStatus(state="Succeeded", folds=folds_of(0.8, 0.9), score=0.85)] * count


def conditions(harness: ControllerHarness, key: Key) -> dict[str, Condition]:
    """The stored conditions by their type."""
    return {found.type: found for found in harness.world.stored(key).status.conditions}


def the(condition: str, harness: ControllerHarness, key: Key) -> Condition:
    """The stored condition of that type, which must be there."""
    return conditions(harness, key)[condition]


def leased(harness: ControllerHarness, key: Key) -> list[str]:
    return [lease.id for lease in harness.memories.of(key).view(harness.clock()).leases]
