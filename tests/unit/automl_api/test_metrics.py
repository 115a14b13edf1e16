"""The metrics that all sides agree on."""

from typing import get_args

import pytest

from automl_api.metrics import DEFAULT_METRIC, METRICS, TASKS, MetricName, Task, metrics_of


def test_users_may_write_exactly_the_metrics_there_are() -> None:
    assert set(get_args(MetricName)) == {"auto", *METRICS}


@pytest.mark.parametrize("task", TASKS)
def test_the_default_of_a_task_is_its_first_metric(task: Task) -> None:
    assert metrics_of(task)[0] == DEFAULT_METRIC[task]


def test_better_follows_the_direction() -> None:
    assert METRICS["roc_auc"].better(0.9, than=0.8)
    assert METRICS["rmse"].better(1.0, than=2.0)
    assert not METRICS["rmse"].better(1.0, than=1.0)
