"""What is said of a run, and when: each thing once, and nothing that is no longer so."""

import pytest

from automl.progress_reporter import ProgressReporter
from automl_api.resources import ExperimentStatus
from automl_api.resources.experiment_status import State, TrialCounts
from automl_operator.decisions.lifecycle.progress import ExperimentProgress
from automl_operator.local.run import RunView
from builders.control import a_minimal_experiment, a_minimal_plan, a_minimal_plan_spec
from fakes.display import RecordingDisplay


def _view(state: State, score: float | None = None, warnings: tuple[str, ...] = ()) -> RunView:
    progress = ExperimentProgress(state, 41.0, TrialCounts(total=3), 1, learner="linear" if score else "", score=score)
    experiment = a_minimal_experiment().replace(status=ExperimentStatus(state=state))
    return RunView(
        experiment,
        a_minimal_plan().replace(spec=a_minimal_plan_spec("regression")) if score else None,
        (),
        None,
        progress,
        warnings,
    )


@pytest.fixture
def said() -> RecordingDisplay:
    return RecordingDisplay()


@pytest.fixture
def reporter(said: RecordingDisplay) -> ProgressReporter:
    return ProgressReporter(said, lambda: 7.0, "This machine.")


def test_what_is_ignored_is_said_once_at_the_start(reporter: ProgressReporter, said: RecordingDisplay) -> None:
    for _ in range(2):
        reporter.watch(_view("Pending", warnings=("spec.pools is ignored",)))
    assert said.lines == ["This machine.", "warning: spec.pools is ignored"]
    assert said.statuses == ["starting, 0:07"] * 2


def test_a_run_that_has_ended_is_not_said_to_go_on(reporter: ProgressReporter, said: RecordingDisplay) -> None:
    reporter.watch(_view("Searching", 0.9))
    reporter.watch(_view("Complete", 0.9))
    assert said.statuses == ["3 trials, best linear 0.900, 0:41 left (Ctrl-C publishes the best so far)"]


def test_a_stop_says_whether_there_is_something_to_publish(reporter: ProgressReporter, said: RecordingDisplay) -> None:
    reporter.watch(_view("Preparing"))
    reporter.stopping()
    reporter.watch(_view("Searching", 0.9))
    reporter.stopping()
    assert [line for line in said.lines if line.startswith("stopping")] == [
        "stopping: there is nothing to publish yet (Ctrl-C again aborts)",
        "stopping: publishing the best so far (Ctrl-C again aborts)",
    ]
