"""The metrics that all programs share."""

from math import inf

import pytest

from automl_api.metrics import DEFAULT_METRIC, METRICS, RARE_CLASS_METRIC, TASKS, Metric, Task, metrics_of
from automl_api.resources.experiment import ObjectiveSpec


@pytest.mark.parametrize("name", ["auto", *METRICS])
def test_the_field_accepts_every_metric(name: str) -> None:
    assert ObjectiveSpec.model_validate({"metric": name}).metric == name


def test_the_field_accepts_no_other_metric() -> None:
    with pytest.raises(ValueError, match="roc_auc"):
        ObjectiveSpec.model_validate({"metric": "rocauc"})


def test_the_fields_description_names_the_default_of_every_task() -> None:
    described = ObjectiveSpec.model_fields["metric"].description
    assert [name for name in DEFAULT_METRIC.values() if name not in str(described)] == []


def test_the_metric_for_a_rare_class_is_for_binary_tasks() -> None:
    assert RARE_CLASS_METRIC in metrics_of("binary")


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_the_better_end_of_every_metric_is_finite(metric: Metric) -> None:
    low, high = metric.bounds
    assert low < high
    assert (high if metric.direction == "maximize" else -low) < inf


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_only_metrics_of_probabilities_rank_and_only_metrics_of_values_are_for_regression(metric: Metric) -> None:
    assert metric.needs == "probabilities" or not (metric.ranks or metric.true_class_only)
    assert (metric.needs == "values") == (metric.tasks == ("regression",))
    assert (metric.loss == "log_loss") == (metric.needs != "values")


@pytest.mark.parametrize("task", TASKS)
def test_the_default_of_a_task_is_its_first_metric(task: Task) -> None:
    assert metrics_of(task)[0] == DEFAULT_METRIC[task]


def test_better_follows_the_direction() -> None:
    assert METRICS["roc_auc"].better(0.9, than=0.8)
    assert METRICS["rmse"].better(1.0, than=2.0)
    assert not METRICS["rmse"].better(1.0, than=1.0)


def test_the_order_of_classes_matters_to_labels_only() -> None:
    assert [name for name, metric in METRICS.items() if metric.ordered] == ["quadratic_kappa"]
    assert METRICS["quadratic_kappa"].needs == "labels"


def test_a_metric_that_refuses_targets_is_for_regression() -> None:
    refusing = [metric for metric in METRICS.values() if metric.lowest_target > -inf]
    assert [metric.name for metric in refusing] == ["rmsle"]
    assert refusing[0].tasks == ("regression",)
