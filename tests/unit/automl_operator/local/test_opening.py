"""Opening a run: a new one, a continued one, and folders that are refused."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from automl_api.resources import Condition
from automl_api.resources.experiment import BudgetSpec, DataSpec, LearnersSpec
from automl_operator.local.errors import LockedByAnother, NotARun, OtherSpec
from automl_operator.local.lock import FolderLock
from automl_operator.local.opening import open_run
from automl_operator.local.records import RunRecords
from automl_operator.local.run_folder import RunFolder
from builders.control import a_claimed_trial, a_minimal_experiment, a_minimal_plan

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run")


def _ended(records: RunRecords, state: str) -> None:
    status = records.experiment.status.replace(
        state=state, active_seconds=9.0, conditions=(Condition(type=state, status="True", reason="Because"),)
    )
    records.write_status(records.experiment.replace(status=status))


def test_a_new_run_gets_an_identity(place: RunFolder) -> None:
    experiment = open_run(place, a_minimal_experiment(), NOW).experiment
    assert experiment.metadata.uid
    assert experiment.metadata.creation_timestamp == NOW


def test_the_same_spec_continues_the_run(place: RunFolder) -> None:
    first = open_run(place, a_minimal_experiment(), NOW)
    first.create_plan(a_minimal_plan())
    again = open_run(place, a_minimal_experiment(), NOW)
    assert again.experiment == first.experiment
    assert again.plan == first.plan


def test_another_name_continues_the_run(place: RunFolder) -> None:
    first = open_run(place, a_minimal_experiment("one"), NOW)
    assert open_run(place, a_minimal_experiment("two"), NOW).experiment == first.experiment


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"target": "age"}, 'target was "class" and is now "age"', id="target"),
        pytest.param({"data": DataSpec(uri="example:other")}, "data.uri was", id="data"),
        pytest.param(
            {"learners": LearnersSpec(include=("linear",))},
            "learners.include was not given and is now linear",
            id="learners",
        ),
        pytest.param({"positive_class": "yes"}, 'positiveClass was not given and is now "yes"', id="positive class"),
    ],
)
def test_another_spec_is_refused_by_the_field_that_differs(
    place: RunFolder, changes: dict[str, Any], words: str
) -> None:
    open_run(place, a_minimal_experiment(), NOW)
    asked = a_minimal_experiment()
    with pytest.raises(OtherSpec, match=words) as refusal:
        open_run(place, asked.replace(spec=asked.spec.replace(**changes)), NOW)
    assert "--out" in str(refusal.value)


def test_budget_parallelism_and_stop_may_change_and_make_a_generation(place: RunFolder) -> None:
    open_run(place, a_minimal_experiment(stop=True), NOW)
    experiment = open_run(place, a_minimal_experiment(budget=BudgetSpec(time="9m"), parallelism=7), NOW).experiment
    assert (experiment.spec.budget.time, experiment.spec.parallelism, experiment.spec.stop) == ("9m", 7, False)
    assert experiment.metadata.generation == 2


def test_a_complete_run_stays_as_it_is(place: RunFolder) -> None:
    records = open_run(place, a_minimal_experiment(), NOW)
    _ended(records, "Complete")
    assert open_run(place, a_minimal_experiment(parallelism=9), NOW).experiment == records.experiment


def test_a_failed_run_is_continued_with_its_trials_and_its_spent_time(place: RunFolder) -> None:
    records = open_run(place, a_minimal_experiment(), NOW)
    records.create_plan(a_minimal_plan())
    _ended(records, "Failed")
    again = open_run(place, a_minimal_experiment(), NOW)
    assert again.experiment.status.state == "Pending"
    assert again.experiment.status.conditions == ()
    assert again.experiment.status.active_seconds == 9.0
    assert again.plan == records.plan


def test_a_run_that_failed_without_a_plan_is_replaced_by_another_spec(place: RunFolder) -> None:
    records = open_run(place, a_minimal_experiment(), NOW)
    _ended(records, "Failed")
    asked = a_minimal_experiment()
    again = open_run(place, asked.replace(spec=asked.spec.replace(target="age")), NOW)
    assert again.experiment.spec.target == "age"
    assert again.experiment.metadata.uid != records.experiment.metadata.uid


def test_a_continued_run_retries_its_failed_trials(place: RunFolder) -> None:
    records = open_run(place, a_minimal_experiment(), NOW)
    records.create_plan(a_minimal_plan())
    failed = a_claimed_trial().status.replace(state="Infeasible", attempts=3, resource_failures=2, reason="OutOfMemory")
    records.create_trial(a_claimed_trial().replace(status=failed))
    _ended(records, "Failed")
    status = open_run(place, a_minimal_experiment(), NOW).trials[0].status
    assert (status.state, status.attempts, status.resource_failures, status.reason) == ("Paused", 1, 0, "")


def test_a_folder_with_other_files_is_left_alone(place: RunFolder) -> None:
    place.root.mkdir()
    (place.root / "thesis.tex").touch()
    with pytest.raises(NotARun, match="not empty"):
        open_run(place, a_minimal_experiment(), NOW)
    assert [entry.name for entry in place.root.iterdir()] == ["thesis.tex"]


def test_a_damaged_object_is_named(place: RunFolder) -> None:
    open_run(place, a_minimal_experiment(), NOW)
    place.experiment.write_text("{")
    with pytest.raises(NotARun, match=r"experiment\.json"):
        open_run(place, a_minimal_experiment(), NOW)


def test_remains_of_a_killed_process_are_removed(place: RunFolder) -> None:
    open_run(place, a_minimal_experiment(), NOW)
    place.runtime.mkdir()
    left = (place.trials / ".writing-t.json", place.world / ".writing-plan.json", place.runtime / "one.token")
    for path in left:
        path.touch()
    open_run(place, a_minimal_experiment(), NOW)
    assert not any(path.exists() for path in left)


def test_a_second_process_learns_which_one_is_at_work(tmp_path: Path) -> None:
    import os

    with FolderLock(tmp_path / ".lock"), pytest.raises(LockedByAnother, match=str(os.getpid())):
        FolderLock(tmp_path / ".lock").__enter__()
    with FolderLock(tmp_path / ".lock"):
        pass
