"""The lines that a run prints. Pure functions: facts in, text out."""

from automl.formatting import counted, memory_text, score_text
from automl_api.condition_types import TESTED
from automl_api.quantities import format_duration
from automl_api.resources import Experiment, PlanSpec
from automl_api.resources.experiment_status import FinalScore, UserTestScore

PROGRESS_HINT = " (Ctrl-C publishes the best so far)"


def opening_line(cores: int, used: int, memory_bytes: int, time: str) -> str:
    """`This machine: 2 cores, 24 GiB. Budget 2m.`"""
    machine = counted(cores, "core") + (f" ({used} in use)" if used != cores else "")
    memory = f", {memory_text(memory_bytes)}" if memory_bytes else ""
    return f"This machine: {machine}{memory}. Budget {time}."


def data_line(experiment: Experiment, plan: PlanSpec) -> str:
    """`adult: 48,842 rows, target "class" (binary, 24 % ">50K"), metric roc_auc`"""
    name, target = experiment.metadata.name, experiment.spec.target
    return f'{name}: {counted(plan.rows, "row")}, target "{target}" ({_target_text(plan)}), metric {plan.metric}'


def warning_lines(plan: PlanSpec) -> tuple[str, ...]:
    """The data's warnings, each with what to do about it."""
    return tuple(f"warning: {warning.message}" for warning in plan.warnings)


def first_result_line(elapsed: float, learner: str, score: float) -> str:
    """`7 s: linear 0.905`"""
    return f"{round(elapsed)} s: {learner} {score_text(score)}"


def progress_line(trials: int, best: tuple[str, float] | None, seconds_left: float) -> str:
    """`14 trials, best lightgbm 0.927, 0:41 left`, to which PROGRESS_HINT may be added once there is a best."""
    best_text = f", best {best[0]} {score_text(best[1])}" if best else ""
    return f"{counted(trials, 'trial')}{best_text}, {format_duration(seconds_left)} left"


def result_lines(experiment: Experiment, model: str) -> tuple[str, ...]:
    """`roc_auc 0.926 [0.919, 0.933]   test 0.921 [0.905, 0.937], 1,000 rows   Model: demo/adult/model`

    A warning follows if the test has failed.
    """
    status = experiment.status
    parts = [] if status.score is None else [f"{status.score.metric} {_with_interval(status.score)}"]
    if (tested := status.test_score) is not None:
        parts.append(f"test {_with_interval(tested)}, {counted(tested.rows, 'row')}")
    failed = (c.message for c in status.conditions if c.type == TESTED and c.status == "False")
    return ("   ".join([*parts, f"Model: {model}"]), *(f"warning: there is no test score: {why}" for why in failed))


def _with_interval(score: FinalScore | UserTestScore) -> str:
    return f"{score_text(score.value)} [{score_text(score.low)}, {score_text(score.high)}]"


def _target_text(plan: PlanSpec) -> str:
    target = plan.target
    if plan.task == "regression":
        return "regression"
    if plan.task == "multiclass":
        return f"multiclass, {len(target.classes):,} classes"
    total = sum(target.counts) or 1
    share = 100 * target.counts[-1] / total
    return f'binary, {_percent(share)} % "{target.classes[-1]}"'


def _percent(share: float) -> str:
    return f"{share:.0f}" if share >= 1 else f"{share:.2g}"
