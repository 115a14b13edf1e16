"""Each experiment has a memory; an ended experiment keeps almost nothing in memory."""

import pytest

from automl_api.resources.experiment_status import ExperimentStatus, State
from automl_operator.broker.experiment_memories import ExperimentMemories
from automl_operator.decisions.state.progress_cache import ProgressCache
from automl_operator.decisions.state.snapshot import Key
from builders.control import a_result
from builders.experiments import a_plan_spec, a_trial, an_experiment
from builders.reachable import texts_within
from fakes.clock import FakeClock

KEY = Key("default", "churn")
PARAMETER = "a-parameter-of-a-trial"


@pytest.mark.parametrize(("state", "kept"), [("Searching", True), ("Complete", False), ("Failed", False)])
def test_trials_and_finished_work_are_remembered_while_the_experiment_goes_on(state: State, kept: bool) -> None:
    memories = ExperimentMemories(FakeClock())
    memory = memories.of(KEY)
    memory.hand_in("r1", a_result("fit-0-0-1-1"), memories.clock())
    memory.drop_result("fit-0-0-1-1")
    memory.keep(ProgressCache().renewed((a_trial(0, learner=PARAMETER),), a_plan_spec()))
    memories.sync(KEY, an_experiment(ExperimentStatus(state=state)), ())
    assert ({PARAMETER, "fit-0-0-1-1"} <= texts_within(memory)) is kept
    assert memory.view(memories.clock()).progress_cache.progress.keys() == ({0} if kept else set())
