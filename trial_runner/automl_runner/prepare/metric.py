"""The metric that a question asks for, or the default of its task."""

from automl_api.metrics import DEFAULT_METRIC, Task, metrics_of
from automl_runner.prepare.errors import spec_invalid


def choose_metric(asked: str, task: Task) -> str:
    """The metric's name. Raises WorkFailed where it does not fit the task."""
    if asked == "auto":
        return DEFAULT_METRIC[task]
    fitting = metrics_of(task)
    if asked not in fitting:
        raise spec_invalid(f'the metric "{asked}" does not fit a {task} target; one of {", ".join(fitting)} does')
    return asked
