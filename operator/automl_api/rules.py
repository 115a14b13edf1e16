"""Rules that a schema cannot express, each in two languages: CEL for the API server, Python for `automl validate`.

The table tests in tests/unit/automl_api run the Python side; the tests on a real API server run the same rows
against the CEL side.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from automl_api.encodings import ENCODING_HINT, encoding_name
from automl_api.metrics import TASKS, Task, metrics_of
from automl_api.names import MAX_NAME_LENGTH
from automl_api.quantities import parse_duration
from automl_api.resources.experiment import BudgetSpec, Experiment, ExperimentSpec, LearnersSpec

MUTABLE_FIELDS = ("budget", "parallelism", "suspend", "stop")
"""The fields of an experiment's spec that may change after its start."""


@dataclass(frozen=True)
class Rule:
    """`cel` is the rule at `path` of the schema; `holds` gets the whole experiment; problems name `field`.

    Where `cel` is empty, the schema itself has the rule, or only the runner can check it.
    """

    path: tuple[str, ...]
    field: str
    cel: str
    message: str
    holds: Callable[[Experiment], bool]


@dataclass(frozen=True)
class TransitionRule:
    """A rule about a change: `cel` is at the root and sees `oldSelf`; `field` is a field of the spec."""

    field: str
    cel: str
    message: str


def _positive_time(budget: BudgetSpec) -> bool:
    try:
        return parse_duration(budget.time) > 0
    except ValueError:
        return False


def _special_columns(spec: ExperimentSpec) -> tuple[str, ...]:
    evaluation = spec.evaluation
    columns = (evaluation.group_column, evaluation.time_column, evaluation.weight_column)
    return tuple(column for column in columns if column is not None)


def _distinct(names: Sequence[str]) -> bool:
    return len(set(names)) == len(names)


def _is_encoding(name: str | None) -> bool:
    try:
        return name is None or bool(encoding_name(name))
    except ValueError:
        return False


def _disjoint(learners: LearnersSpec) -> bool:
    return not set(learners.include) & set(learners.exclude)


def _metric_rule(task: Task) -> Rule:
    """The rule for one task; its message names only the metrics of that task."""
    fitting = metrics_of(task)
    return Rule(
        ("spec",),
        "spec.objective.metric",
        f"self.task != '{task}' || self.objective.metric in {['auto', *fitting]}",
        f"must fit the task {task}: one of {', '.join(fitting)}",
        lambda experiment: experiment.spec.task != task or experiment.spec.objective.metric in ("auto", *fitting),
    )


_OPTIONAL_COLUMNS = ("groupColumn", "timeColumn", "weightColumn")

EXPERIMENT_RULES: tuple[Rule, ...] = (
    Rule(
        (),
        "metadata.name",
        f"size(self.metadata.name) <= {MAX_NAME_LENGTH} && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        f"must be at most {MAX_NAME_LENGTH} lower-case letters, digits and dashes, beginning with a letter, "
        "because the names of trials are made from it",
        lambda experiment: _is_name(experiment.metadata.name),
    ),
    Rule(
        ("spec", "budget"),
        "spec.budget.time",
        "duration(self.time) > duration('0s')",
        "must be more than zero; write for example 2m or 1h30m",
        lambda experiment: _positive_time(experiment.spec.budget),
    ),
    Rule(
        ("spec",),
        "spec.data.ignoreColumns",
        "!(self.target in self.data.ignoreColumns)",
        "must not contain the target",
        lambda experiment: experiment.spec.target not in experiment.spec.data.ignore_columns,
    ),
    Rule(
        ("spec", "data"),
        "spec.data.columns",
        "",  # the schema makes the list a map, keyed by name
        "must name each column once",
        lambda experiment: _distinct([column.name for column in experiment.spec.data.columns]),
    ),
    Rule(
        ("spec",),
        "spec.data.columns",
        "!self.data.columns.exists(column, column.name == self.target && column.type in ['boolean', 'datetime', 'text', 'ignore'])",
        "must give the target the type numeric or categorical, or leave it out",
        lambda experiment: (
            not any(
                column.name == experiment.spec.target and column.type in ("boolean", "datetime", "text", "ignore")
                for column in experiment.spec.data.columns
            )
        ),
    ),
    Rule(
        ("spec", "data"),
        "spec.data.encoding",
        "",  # no server knows Python's encodings
        f"must be an encoding that Python knows; {ENCODING_HINT}",
        lambda experiment: _is_encoding(experiment.spec.data.encoding),
    ),
    Rule(
        ("spec", "evaluation", "test"),
        "spec.evaluation.test.encoding",
        "",
        f"must be an encoding that Python knows; {ENCODING_HINT}",
        lambda experiment: all(_is_encoding(file.encoding) for file in experiment.spec.files[1:]),
    ),
    Rule(
        ("spec",),
        "spec.evaluation",
        " && ".join(
            f"(!has(self.evaluation.{column}) || self.evaluation.{column} != self.target)"
            for column in _OPTIONAL_COLUMNS
        ),
        "must name other columns than the target as groupColumn, timeColumn and weightColumn",
        lambda experiment: experiment.spec.target not in _special_columns(experiment.spec),
    ),
    Rule(
        ("spec", "evaluation"),
        "spec.evaluation",
        "!(has(self.groupColumn) && has(self.timeColumn))",
        "can split by groupColumn or by timeColumn, not by both",
        lambda experiment: (
            experiment.spec.evaluation.group_column is None or experiment.spec.evaluation.time_column is None
        ),
    ),
    Rule(
        ("spec",),
        "spec.evaluation.test.uri",
        "!has(self.evaluation.test) || self.evaluation.test.uri != self.data.uri",
        "must be another file than data.uri: rows that are trained on say nothing about new ones",
        lambda experiment: (
            experiment.spec.evaluation.test is None or experiment.spec.evaluation.test.uri != experiment.spec.data.uri
        ),
    ),
    Rule(
        ("spec", "learners"),
        "spec.learners",
        "!self.include.exists(learner, learner in self.exclude)",
        "must not include and exclude the same learner",
        lambda experiment: _disjoint(experiment.spec.learners),
    ),
    *map(_metric_rule, TASKS),
    Rule(
        ("spec",),
        "spec.positiveClass",
        "!has(self.positiveClass) || self.task in ['auto', 'binary']",
        "only has a meaning for two classes; leave it out, or set task to binary",
        lambda experiment: experiment.spec.positive_class is None or experiment.spec.task in ("auto", "binary"),
    ),
    Rule(
        ("spec",),
        "spec.objective.metric",
        f"!has(self.positiveClass) || self.task != 'auto' || self.objective.metric in {['auto', *metrics_of('binary')]}",
        "must fit two classes, because there is a positiveClass: one of " + ", ".join(metrics_of("binary")),
        lambda experiment: (
            experiment.spec.positive_class is None
            or experiment.spec.task != "auto"
            or experiment.spec.objective.metric in ("auto", *metrics_of("binary"))
        ),
    ),
)


def _is_name(name: str) -> bool:
    letters = name.replace("-", "")
    plain = letters.isascii() and letters.isalnum() and name == name.lower()
    return plain and len(name) <= MAX_NAME_LENGTH and name[0].isalpha() and not name.endswith("-")


def _unchanged(field: str, optional: bool) -> TransitionRule:
    same = f"self.spec.{field} == oldSelf.spec.{field}"
    if optional:
        same = f"has(self.spec.{field}) == has(oldSelf.spec.{field}) && (!has(self.spec.{field}) || {same})"
    return TransitionRule(
        field,
        f"!has(oldSelf.status) || !has(oldSelf.status.startedAt) || ({same})",
        f"spec.{field} cannot change after the start; only {', '.join(MUTABLE_FIELDS)} can. "
        "Create another experiment for another question",
    )


def transition_rules() -> tuple[TransitionRule, ...]:
    """One rule for each field of an experiment's spec that cannot change after the start, in the order of the spec."""
    fields = ExperimentSpec.model_fields.values()
    named = {str(field.alias): field for field in fields}
    return tuple(
        _unchanged(name, optional=field.default is None) for name, field in named.items() if name not in MUTABLE_FIELDS
    )


def changed_fields(old: ExperimentSpec, new: ExperimentSpec) -> tuple[str, ...]:
    """The changed fields of the spec that must not change, as users write them (`target`, `data.uri`)."""
    before, after = old.to_dict(), new.to_dict()
    for field in MUTABLE_FIELDS:
        before.pop(field, None)
        after.pop(field, None)
    return tuple(_differences(before, after, ""))


def _differences(before: object, after: object, prefix: str) -> list[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        fields = sorted({*before, *after})
        return [
            name
            for field in fields
            for name in _differences(before.get(field), after.get(field), f"{prefix}.{field}" if prefix else field)
        ]
    return [] if before == after else [prefix]
