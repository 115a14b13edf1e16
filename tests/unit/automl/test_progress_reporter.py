"""Lines about a run: each fact once, and nothing that no longer holds."""

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
def lines() -> RecordingDisplay:
    return RecordingDisplay()


@pytest.fixture
def reporter(lines: RecordingDisplay) -> ProgressReporter:
    return ProgressReporter(lines, lambda: 7.0, "This machine.")


def test_ignored_fields_are_reported_once_at_the_start(reporter: ProgressReporter, lines: RecordingDisplay) -> None:
    for _ in range(2):
        reporter.watch(_view("Pending", warnings=("spec.pools is ignored",)))
    assert lines.lines == ["This machine.", "warning: spec.pools is ignored"]
    assert lines.statuses == ["starting, 0:07"] * 2


def test_an_ended_run_has_no_progress_line(reporter: ProgressReporter, lines: RecordingDisplay) -> None:
    reporter.watch(_view("Searching", 0.9))
    reporter.watch(_view("Complete", 0.9))
    assert lines.statuses == ["3 trials, best linear 0.900, 0:41 left (Ctrl-C publishes the best so far)"]


def test_the_line_about_a_stop_says_whether_there_is_a_result_to_publish(
    reporter: ProgressReporter, lines: RecordingDisplay
) -> None:
    reporter.watch(_view("Preparing"))
    reporter.stopping()
    reporter.watch(_view("Searching", 0.9))
    reporter.stopping()
    assert [line for line in lines.lines if line.startswith("stopping")] == [
        "stopping: there is nothing to publish yet (Ctrl-C again aborts)",
        "stopping: publishing the best so far (Ctrl-C again aborts)",
    ]
