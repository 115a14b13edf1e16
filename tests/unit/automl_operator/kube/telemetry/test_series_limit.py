"""The limit on the number of experiments with series of their own."""

from prometheus_client import CollectorRegistry

from automl_api.resources.experiment_status import ExperimentStatus, State
from automl_operator.decisions.state.snapshot import Key
from automl_operator.kube.telemetry.experiments import ExperimentGauges
from builders.decisions import a_broker_state, a_snapshot
from builders.experiments import an_experiment


def test_the_number_of_experiments_with_their_own_series_is_limited() -> None:
    registry = CollectorRegistry()
    gauges = ExperimentGauges(registry, most=2)

    def saw(name: str, state: State = "Searching") -> None:
        gauges.saw(Key("default", name), a_snapshot(an_experiment(ExperimentStatus(state=state))), a_broker_state())

    def experiments_with_series() -> set[str]:
        samples = [sample for metric in registry.collect() for sample in metric.samples]
        return {found.labels["experiment"] for found in samples if found.name == "automl_experiment_active_seconds"}

    saw("first")
    saw("second", "Complete")
    saw("third")
    assert experiments_with_series() == {"first", "third"}, "an ended experiment makes room before an older one at work"
    saw("fourth")
    assert experiments_with_series() == {"third", "fourth"}
    saw("second", "Complete")
    assert experiments_with_series() == {"third", "fourth"}, (
        "an experiment that has lost its series does not take another's"
    )
    assert registry.get_sample_value("automl_series_dropped_total") == 2.0
    states = [registry.get_sample_value("automl_experiments", {"state": state}) for state in ("Searching", "Complete")]
    assert states == [3.0, 1.0], "sums are over all"
