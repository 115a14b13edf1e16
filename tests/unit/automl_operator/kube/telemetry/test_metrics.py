"""Metrics as they are exposed after real reconciles, calls and answers."""

import asyncio
import logging

import aiohttp
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from automl_api.kinds import PODS
from automl_api.protocol import Failure
from automl_api.resources.experiment_status import ExperimentStatus, LeaderboardEntry, TrialCounts
from automl_api.resources.trial import RefitResult, RefitStatus, TrialStatus
from automl_operator.broker.experiment_memories import ExperimentMemories
from automl_operator.broker.identity import RunnerId
from automl_operator.broker.server import Broker
from automl_operator.broker.serving import serving
from automl_operator.controller.controller import Controller
from automl_operator.controller.suggestions import SuggestionsFailed
from automl_operator.decisions import decide
from automl_operator.decisions.state.actions import CreateTrial, WriteTrialStatus
from automl_operator.decisions.state.snapshot import Key
from automl_operator.kube.api.urgency import Urgency
from automl_operator.kube.telemetry.metered import MeteredSuggestions, MeteredWorld, metered
from automl_operator.kube.telemetry.telemetry import Telemetry
from builders.control import a_minimal_experiment, a_result, a_suggest_request
from builders.decisions import NOW, a_broker_state, a_lease, a_pending_result, a_runner, a_snapshot
from builders.experiments import a_trial, an_experiment
from fakes.clock import FakeClock
from fakes.deciders import OneTrialAnAssignment
from fakes.log_scopes import scoped_lines
from fakes.runner import HttpRunner
from fakes.suggestions import FakeSuggestions
from fakes.world import FakeWorld

DOCUMENTED = {
    "automl_build_info",
    "automl_reconcile_total",
    "automl_reconcile_errors_total",
    "automl_reconcile_duration_seconds_count",
    "automl_queue_depth",
    "automl_queue_adds_total",
    "automl_queue_duration_seconds_count",
    "automl_api_requests_total",
    "automl_api_request_duration_seconds_count",
    "automl_api_throttle_wait_seconds_count",
    "automl_watch_events_total",
    "automl_watch_lists_total",
    "automl_watch_age_seconds",
    "automl_events_dropped_total",
    "automl_leader",
    "automl_suggestion_duration_seconds_count",
    "automl_suggestion_errors_total",
    "automl_runners",
    "automl_assignments",
    "automl_assignments_finished_total",
    "automl_trials",
    "automl_trials_finished_total",
    "automl_experiments",
    "automl_experiment_best_score",
    "automl_experiment_active_seconds",
    "automl_series_dropped_total",
    "automl_broker_calls_total",
    "automl_broker_refused_total",
    "automl_results_refused_total",
    "process_resident_memory_bytes",
    "python_gc_collections_total",
}


class Samples:
    """The samples of one process's telemetry."""

    def __init__(self) -> None:
        self.clock = FakeClock(0.0)
        self.leads = False
        self.telemetry = Telemetry("1.2.3", clock=self.clock, leads=lambda: self.leads, ages=lambda: {"pods": 3.0})

    def all(self) -> dict[tuple[str, tuple[str, ...]], float]:
        """Values by name and labels' values, in the order of the labels' names."""
        text = generate_latest(self.telemetry.registry).decode()
        families = text_string_to_metric_families(text)
        return {
            (s.name, tuple(value for _, value in sorted(s.labels.items()))): s.value
            for family in families
            for s in family.samples
        }

    def of(self, name: str) -> dict[tuple[str, ...], float]:
        """The values of one metric by its labels' values."""
        return {labels: value for (found, labels), value in self.all().items() if found == name}


@pytest.fixture
def samples() -> Samples:
    return Samples()


async def a_whole_run(samples: Samples) -> set[str]:
    """Run one experiment of three trials, with a broker, a runner over HTTP and an unauthorized caller.

    Returns the names and uids of the trials and the runner.
    """
    telemetry, world = samples.telemetry, FakeWorld()
    key = world.create(a_minimal_experiment())
    clock = asyncio.get_running_loop().time
    memories = ExperimentMemories(clock)
    controller = Controller(
        MeteredWorld(world, telemetry.metrics, telemetry.experiments),
        memories,
        metered(OneTrialAnAssignment(3), telemetry.experiments, telemetry.metrics),
        MeteredSuggestions(FakeSuggestions(), telemetry.metrics, clock),
        clock=clock,
        observer=telemetry.loop,
    )
    reconciling = asyncio.create_task(controller.run())
    async with serving(Broker(world.identify, memories, observer=telemetry.broker)) as url:
        async with asyncio.timeout(5):
            while not (snapshot := await world.observe(key)) or not snapshot.runners:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        async with aiohttp.ClientSession() as session:
            runner = HttpRunner(session, url, world.token("runner"))
            answer = await runner.lease()
            while not answer.leave:
                answer = await runner.hand_in(a_result(answer.assignments[0].id))
            await session.post(f"{url}/v1/lease", json={})
            await session.post(f"{url}/v1/lease", json={}, headers={"Authorization": "Bearer stranger"})
            await session.get(f"{url}/admin")
    reconciling.cancel()
    await asyncio.gather(reconciling, return_exceptions=True)
    trials = [action.trial.metadata for _, action in world.applied if isinstance(action, CreateTrial)]
    assert len(trials) == 3
    runners = [text for found in snapshot.runners for text in (found.name, found.uid)]
    return {*runners, *(trial.name for trial in trials), *(trial.uid for trial in trials)} - {""}


async def test_every_documented_metric_is_exposed_after_a_run(samples):
    await a_whole_run(samples)
    telemetry = samples.telemetry
    telemetry.api.requested("create", PODS, 201, 0.01)
    telemetry.api.throttled(Urgency.CLAIM, 0.0)
    telemetry.api.watched(PODS, "ADDED")
    telemetry.api.relisted(PODS, "first")
    await MeteredSuggestions(FakeSuggestions(), telemetry.metrics, samples.clock).suggest(a_suggest_request())
    telemetry.metrics.suggestion_errors.labels("bayesian").inc()
    best = LeaderboardEntry(trial="t", learner="linear", score=0.9, folds=5)
    telemetry.experiments.saw(
        Key("default", "churn"),
        a_snapshot(an_experiment(ExperimentStatus(best=best)), runners=(a_runner(),)),
        a_broker_state(),
    )
    telemetry.metrics.results_refused.labels("NotTheHolder").inc()
    assert {name for name, _ in samples.all()} >= DOCUMENTED


async def test_a_result_of_work_that_was_never_given_is_counted(samples):
    telemetry = samples.telemetry
    forged = a_broker_state(pending_results=(a_pending_result(a_lease(kind="prepare", attempt=77)),))
    metered(decide, telemetry.experiments, telemetry.metrics)(a_snapshot(an_experiment()), forged, NOW)
    assert samples.of("automl_results_refused_total") == {("NotTheHolder",): 1.0}


async def test_a_runs_reconciles_calls_and_results_are_counted(samples):
    await a_whole_run(samples)
    assert samples.of("automl_reconcile_total")["success",] >= 3
    assert samples.of("automl_reconcile_errors_total")[()] == 0
    assert samples.of("automl_queue_depth")[()] == 0
    assert samples.of("automl_trials_finished_total") == {("Succeeded",): 3.0}
    assert samples.of("automl_assignments_finished_total") == {("none", "unknown", "succeeded"): 3.0}
    assert samples.of("automl_broker_calls_total") == {
        ("200", "/v1/lease"): 1.0,
        ("200", "/v1/result"): 3.0,
        ("401", "/v1/lease"): 2.0,
        ("404", "other"): 1.0,
    }
    assert samples.of("automl_broker_refused_total") == {
        ("NoToken",): 1.0,
        ("UnknownRunner",): 1.0,
        ("Http404",): 1.0,
    }


async def test_no_label_names_a_pod_a_trial_or_a_runner(samples):
    names = await a_whole_run(samples)
    text = generate_latest(samples.telemetry.registry).decode()
    labels = [
        found for family in text_string_to_metric_families(text) for s in family.samples for found in s.labels.items()
    ]
    assert {name for name, _ in labels}.isdisjoint({"pod", "trial", "runner", "uid", "name"})
    assert {value for _, value in labels}.isdisjoint(names)


async def test_the_log_of_a_run_says_what_each_line_is_about(samples, caplog):
    about = scoped_lines(caplog.handler)
    with caplog.at_level(logging.INFO, logger="automl_operator"):
        await a_whole_run(samples)
    created = [fields for words, fields in about if words.startswith("trial created")]
    assert [sorted(fields) for fields in created] == [["experiment", "namespace", "trial"]] * 3
    assert {fields["experiment"] for fields in created} == {"churn"}


@pytest.mark.parametrize(
    ("assignment", "failure", "labels"),
    [
        pytest.param("prepare-1", None, ("none", "prepare", "succeeded"), id="prepare"),
        pytest.param("finalize-2", None, ("none", "finalize", "succeeded"), id="finalize"),
        pytest.param("fit-3-0_1-1-99", "resources", ("resources", "fit", "failed"), id="a fit without memory"),
        pytest.param("somebody's", None, ("none", "unknown", "succeeded"), id="an id that is not ours"),
    ],
)
def test_results_are_counted_by_kind_outcome_and_failure_class(samples, assignment, failure, labels):
    how = {"outcome": "failed", "failure": Failure(failure_class=failure, reason="Any")} if failure else {}
    runner = RunnerId(Key("default", "churn"), "r", "uid")
    samples.telemetry.broker.result_received(runner, a_result(assignment, **how))
    assert samples.of("automl_assignments_finished_total") == {labels: 1.0}


@pytest.mark.parametrize(
    ("refit", "words"),
    [
        pytest.param(RefitStatus(result=RefitResult(manifest="refit")), "trial is trained on all rows", id="done"),
        pytest.param(RefitStatus(failures=1, message="full"), "training on all rows failed: full", id="failed"),
    ],
)
async def test_a_refit_is_counted_but_not_as_a_second_end_of_its_trial(samples, caplog, refit, words):
    world = FakeWorld()
    metered_world = MeteredWorld(world, samples.telemetry.metrics, samples.telemetry.experiments)
    key = world.create(a_minimal_experiment())
    await metered_world.apply(key, CreateTrial(a_trial(0, 0.9)))
    ended = TrialStatus(state="Succeeded", score=0.9)
    with caplog.at_level(logging.INFO, logger="automl_operator"):
        for status in (ended, ended.replace(refit=refit)):
            await metered_world.apply(key, WriteTrialStatus(a_trial(0).metadata.name, status))
    assert samples.of("automl_trials_finished_total") == {("Succeeded",): 1.0}
    assert [record.getMessage() for record in caplog.records][-2:] == ["trial is Succeeded, score 0.9", words]


async def test_a_search_that_fails_is_counted_by_its_algorithm(samples):
    suggestions = FakeSuggestions()
    suggestions.error = SuggestionsFailed("broken")
    with pytest.raises(SuggestionsFailed):
        await MeteredSuggestions(suggestions, samples.telemetry.metrics, samples.clock).suggest(a_suggest_request())
    assert list(samples.of("automl_suggestion_errors_total").values()) == [1.0]
    assert samples.of("automl_suggestion_duration_seconds_count") == {}


def test_the_queue_depth_counts_each_waiting_experiment_once(samples):
    loop, churn, adult = samples.telemetry.loop, Key("default", "churn"), Key("default", "adult")
    for key in (churn, churn, adult):
        loop.added(key)
    assert samples.of("automl_queue_depth") == {(): 2.0}
    samples.clock.now += 3.0
    loop.begins(churn)
    assert samples.of("automl_queue_depth") == {(): 1.0}
    samples.clock.now += 2.0
    loop.ended(churn, "error")
    assert samples.of("automl_queue_duration_seconds_sum") == {(): 3.0}
    assert samples.of("automl_reconcile_duration_seconds_sum") == {(): 2.0}
    assert samples.of("automl_reconcile_errors_total") == {(): 1.0}


def test_gauges_sum_over_experiments_and_drop_deleted_ones(samples):
    gauges = samples.telemetry.experiments
    running = ExperimentStatus(state="Searching", trials=TrialCounts(total=3, running=2, succeeded=1))
    runners = (a_runner("r0"), a_runner("r1", phase="pending", pool="gpu"))
    for name in ("churn", "adult"):
        gauges.saw(
            Key("default", name),
            a_snapshot(an_experiment(running), runners=runners),
            a_broker_state(leases=(a_lease(),)),
        )
    assert samples.of("automl_experiments") == {("Searching",): 2.0}
    assert samples.of("automl_trials")["running",] == 4.0
    assert samples.of("automl_runners") == {("running", "cpu"): 2.0, ("pending", "gpu"): 2.0}
    assert samples.of("automl_assignments") == {(): 2.0}
    gauges.gone(Key("default", "churn"))
    assert samples.of("automl_experiments") == {("Searching",): 1.0}
    assert ("churn", "default") not in samples.of("automl_experiment_active_seconds")


def test_leadership_and_the_age_of_watches_are_read_at_each_scrape(samples):
    assert samples.of("automl_leader") == {(): 0.0}
    samples.leads = True
    assert samples.of("automl_leader") == {(): 1.0}
    assert samples.of("automl_watch_age_seconds") == {("pods",): 3.0}
    assert samples.of("automl_build_info") == {("1.2.3",): 1.0}
