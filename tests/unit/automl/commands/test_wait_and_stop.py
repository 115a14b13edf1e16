"""`automl wait` and `automl stop`, against statuses as an operator writes them."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from automl.cluster.errors import ApiRefused, Expired, Forbidden, NotFound, Unreachable
from automl.commands.stop import stop
from automl.commands.wait import Watcher, summary
from automl.errors import TimedOut
from automl_api.kinds import EXPERIMENTS, PLANS
from automl_api.names import plan_name
from automl_api.resources import Experiment
from builders.control import a_minimal_plan_spec
from contracts.user_cluster import an_object
from fakes.display import RecordingDisplay
from fakes.user_cluster import FakeUserCluster

TICK = 0.02
SEARCHING = {
    "state": "Searching",
    "observedGeneration": 1,
    "activeSeconds": 7.0,
    "metric": "roc_auc",
    "trials": {"total": 14},
    "best": {"trial": "t", "learner": "linear", "score": 0.905, "folds": 1},
}
COMPLETE = {"state": "Complete", "model": "churn-12345"}


class Harness:
    """A cluster with one experiment, and a user who waits for it."""

    def __init__(self, folder: Path, pool: ThreadPoolExecutor) -> None:
        self.cluster = FakeUserCluster(folder)
        self.cluster.apply(EXPERIMENTS, an_object())
        self.display = RecordingDisplay()
        self._pool = pool

    def wait(self, seconds: float | None = None) -> Callable[[], Experiment]:
        watcher = Watcher(self.cluster, "churn", self.display, time.monotonic)
        return self._pool.submit(watcher.follow, seconds, TICK).result

    def says(self, words: str) -> None:
        """Wait until the output has these words."""
        deadline = time.monotonic() + 20
        while not any(words in line for line in [*self.display.lines, *self.display.statuses]):
            assert time.monotonic() < deadline, f"never printed: {words}; but {self.display.lines}"
            time.sleep(0.01)


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    with ThreadPoolExecutor(max_workers=1) as pool:
        harness = Harness(tmp_path, pool)
        yield harness
    # The follower ends with the watch that it is in.
    deadline = time.monotonic() + 20
    while any(thread.name == "following churn" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        harness.cluster.hang_up()
        time.sleep(0.01)


def test_an_experiment_is_followed_to_its_end(harness: Harness) -> None:
    waiting = harness.wait()
    harness.says("waiting for the operator")
    harness.cluster.write_status("churn", SEARCHING)
    harness.says("7 s: linear 0.905")
    harness.says("14 trials, best linear 0.905")
    harness.cluster.write_status("churn", COMPLETE)
    assert waiting().status.model == "churn-12345"
    assert harness.display.lines[0] == "churn in namespace team of context here. Budget 1h."


def test_a_complete_experiment_is_not_waited_for(harness: Harness) -> None:
    harness.cluster.write_status("churn", COMPLETE)
    assert harness.wait()().status.state == "Complete"


def test_the_line_about_the_data_is_printed_once(harness: Harness) -> None:
    stored = harness.cluster.get(EXPERIMENTS, "churn")
    assert stored is not None
    name = plan_name("churn", stored["metadata"]["uid"])
    spec = a_minimal_plan_spec("regression").to_dict()
    harness.cluster.apply(PLANS, {"kind": "AutoMLPlan", "metadata": {"name": name}, "spec": spec})
    harness.cluster.write_status("churn", SEARCHING)
    harness.cluster.write_status("churn", COMPLETE)
    harness.wait()()
    assert harness.display.lines.count('churn: 100 rows, target "class" (regression), metric roc_auc') == 1


def test_without_the_right_to_read_plans_the_line_about_the_data_is_left_out(harness: Harness) -> None:
    harness.cluster.refuse("get automlplans", Forbidden("you may not get plans"))
    harness.cluster.write_status("churn", SEARCHING)
    waiting = harness.wait()
    harness.says("the facts about the data are not shown: you may not get plans")
    harness.cluster.write_status("churn", COMPLETE)
    waiting()


def test_a_broken_watch_is_opened_again(harness: Harness) -> None:
    harness.cluster.refuse("watch", Unreachable("broken"), Unreachable("broken"))
    waiting = harness.wait()
    harness.says("waiting for the operator")
    harness.cluster.write_status("churn", COMPLETE)
    waiting()
    assert not any("broken" in line for line in harness.display.lines)


def test_an_unreachable_api_server_is_asked_until_it_answers(harness: Harness) -> None:
    waiting = harness.wait()
    harness.says("waiting for the operator")
    away = [Unreachable("the API server does not answer (refused); is this the right context?")] * 3
    harness.cluster.refuse("get", *away)
    harness.cluster.hang_up()
    harness.says("the API server does not answer (refused); trying again")
    harness.says("the API server answers again")
    harness.cluster.write_status("churn", COMPLETE)
    waiting()
    assert sum("trying again" in line for line in harness.display.lines) == 1


def test_an_expired_watch_is_opened_again(harness: Harness) -> None:
    harness.cluster.refuse("watch", Expired("too old"), Expired("too old"))
    waiting = harness.wait()
    harness.says("waiting for the operator")
    harness.cluster.write_status("churn", COMPLETE)
    waiting()
    assert not any("too old" in line for line in harness.display.lines)
    assert harness.cluster.refusals["watch"] == []


def test_an_experiment_that_is_deleted_meanwhile_is_an_error(harness: Harness) -> None:
    waiting = harness.wait()
    harness.says("waiting for the operator")
    harness.cluster.delete(EXPERIMENTS, "churn")
    with pytest.raises(NotFound, match="churn was deleted") as error:
        waiting()
    assert error.value.exit_code == 2


def test_a_lost_right_ends_the_wait(harness: Harness) -> None:
    harness.cluster.refuse("watch", Forbidden("you may not watch"))
    with pytest.raises(Forbidden, match="you may not watch"):
        harness.wait()()


def test_waiting_ends_with_its_time(harness: Harness) -> None:
    with pytest.raises(TimedOut, match="churn is still Pending after 0:00; it continues"):
        harness.wait(0.1)()


def test_a_status_of_another_version_is_reported(harness: Harness) -> None:
    harness.cluster.write_status("churn", {"state": "Dreaming"})
    with pytest.raises(ApiRefused, match=r"status.state: .*another version"):
        harness.wait()()


def test_the_error_for_an_unknown_name_names_a_similar_one(harness: Harness) -> None:
    with pytest.raises(NotFound, match=r'no experiment "chrun" in namespace "team".*Did you mean "churn"'):
        stop(harness.cluster, "chrun")


def test_the_json_at_the_end_has_the_fields_of_fit_and_the_state(harness: Harness) -> None:
    harness.cluster.write_status("churn", {**SEARCHING, **COMPLETE})
    answer = summary(harness.wait()())
    assert (answer["state"], answer["model"], answer["metric"], answer["seconds"]) == (
        "Complete",
        "churn-12345",
        "roc_auc",
        7.0,
    )


@pytest.mark.parametrize(
    ("status", "words", "stopped"),
    [
        pytest.param({}, "nothing is finished yet", True, id="pending"),
        pytest.param(SEARCHING, "the best of 14 trials so far is published (linear 0.905)", True, id="searching"),
        pytest.param(
            {**SEARCHING, "state": "Suspended"}, "churn ends now: the best of 14 trials", True, id="suspended"
        ),
        pytest.param({"state": "Suspended"}, "there may be no model to publish", True, id="suspended without results"),
        pytest.param({"state": "Finalizing"}, "the model is being built already", True, id="finalizing"),
        pytest.param(COMPLETE, "churn is Complete already; its model is churn-12345", False, id="complete"),
        pytest.param({"state": "Failed"}, "churn is Failed already", False, id="failed"),
    ],
)
def test_stop_prints_what_happens_next(harness: Harness, status: dict[str, Any], words: str, stopped: bool) -> None:
    harness.cluster.write_status("churn", status)
    assert words in stop(harness.cluster, "churn")
    stored = harness.cluster.get(EXPERIMENTS, "churn")
    assert stored is not None
    assert stored["spec"].get("stop", False) is stopped
