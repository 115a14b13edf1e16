"""Errors of `automl validate` for wrong files. Each row is also tested on a real API server."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_api.metrics import metrics_of
from automl_api.rules import EXPERIMENT_RULES
from automl_api.validation import InvalidManifest, load_experiment

GOOD = """\
apiVersion: automl-operator.dev/v1alpha1
kind: AutoMLExperiment
metadata: {name: churn}
spec:
  data: {uri: s3://bucket/churn.parquet}
  target: churn
"""


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidManifest) as caught:
        load_experiment(text, "x.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_data_and_target_are_enough() -> None:
    spec = load_experiment(GOOD, "x.yaml").spec
    assert (spec.budget.time, spec.budget.trials, spec.parallelism, spec.search.seed) == ("1h", 200, 4, 0)


def test_the_output_of_kubectl_get_can_be_read_again() -> None:
    assert load_experiment(GOOD + "status: {state: Complete, unknown: 1}\n", "x.yaml").metadata.name == "churn"


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        pytest.param("  tagret: y", 'x.yaml:7: spec.tagret: unknown key; did you mean "target"?', id="a typo in a key"),
        pytest.param(
            "  budget:\n    tme: 2m",
            'x.yaml:8: spec.budget.tme: unknown key; did you mean "time"?',
            id="a typo in a nested key",
        ),
        pytest.param("  TASK: auto", 'x.yaml:7: spec.TASK: unknown key; did you mean "task"?', id="a key in capitals"),
        pytest.param(
            "  budget: {time: banana}",
            'x.yaml:7: spec.budget.time: is "banana"; write a duration such as 90s, 2m or 1h30m',
            id="an invalid time",
        ),
        pytest.param(
            '  budget: {trials: "20"}',
            'x.yaml:7: spec.budget.trials: is "20"; must be a whole number without quotes',
            id="a number in quotes",
        ),
        pytest.param(
            "  task: regresion",
            "x.yaml:7: spec.task: is \"regresion\"; must be 'auto', 'binary', 'multiclass' or 'regression'"
            '; did you mean "regression"?',
            id="a typo in a word",
        ),
        pytest.param(
            "  evaluation: {folds: ten}",
            "x.yaml:7: spec.evaluation.folds: is \"ten\"; must be a whole number without quotes, or 'auto'",
            id="neither number nor auto",
        ),
        pytest.param(
            "  evaluation: {folds: 1}",
            "x.yaml:7: spec.evaluation.folds: is \"1\"; must be at least 2, or 'auto'",
            id="too few folds",
        ),
        pytest.param(
            "  positiveClass: yes",
            'x.yaml:7: spec.positiveClass: must be text; put it in quotes: "yes"',
            id="a word that YAML reads as a boolean",
        ),
        pytest.param(
            "  positiveClass: 007",
            'x.yaml:7: spec.positiveClass: must be text; put it in quotes: "007"',
            id="digits that YAML reads as another number",
        ),
        pytest.param(
            "  budget: {time: 90}",
            'x.yaml:7: spec.budget.time: is "90"; write a duration such as 90s, 2m or 1h30m',
            id="a time without a unit",
        ),
        pytest.param(
            "  evaluation: {holdout: 0.2}",
            'x.yaml:7: spec.evaluation.holdout: is "0.2"; write auto, none or a percentage from 1% to 50%',
            id="a share as a number",
        ),
        pytest.param(
            "  parallelism: 5000", 'x.yaml:7: spec.parallelism: is "5000"; must be at most 1000', id="too many"
        ),
        pytest.param(
            "  learners:\n    include:\n      - linear\n      - LightGBM",
            'x.yaml:10: spec.learners.include[1]: is "LightGBM"; write the names of learners, for example [linear, ',
            id="a learner's name in capitals",
        ),
        pytest.param(
            f"  evaluation: {{groupColumn: {'x' * 300}}}",
            "x.yaml:7: spec.evaluation.groupColumn: must be at most 256 letters long",
            id="a name too long",
        ),
        pytest.param(
            f"  pools: [{'{name: a}, ' * 20}]",
            "x.yaml:7: spec.pools: must be a list of at most 16",
            id="a list too long",
        ),
        pytest.param("  pools: gpu", 'x.yaml:7: spec.pools: is "gpu"; must be a list: [one, two]', id="not a list"),
        pytest.param("  target: !!binary aGk=", "x.yaml:7: cannot be read as YAML: the tag ", id="a tag"),
        pytest.param(
            "  objective: &all {goal: 1}\n  budget: *all", "x.yaml:8: cannot be read as YAML: *all", id="a reference"
        ),
        pytest.param(
            f"  pools: {'[' * 60}{']' * 60}", "x.yaml:7: cannot be read as YAML: more than 50 levels", id="too deep"
        ),
        pytest.param("  target: again", "x.yaml:7: spec.target: appears twice, first in line 6", id="a key twice"),
        pytest.param("  target: [", "x.yaml:8: cannot be read as YAML: ", id="not YAML"),
    ],
)
def test_a_wrong_field_is_reported_with_its_line_and_a_remedy(extra: str, expected: str) -> None:
    [problem] = problems(GOOD + extra + "\n")
    assert problem.startswith(expected)


COLUMNS = {
    "no such type": ("[{name: zip, type: categorial}]", 'columns[0].type: is "categorial"; must be \'numeric\', '),
    "a number as name": ("[{name: 7, type: ignore}]", 'columns[0].name: must be text; put it in quotes: "7"'),
    "no type": ("[{name: zip}]", "columns[0].type: is missing"),
    "no list": ("{zip: categorical}", 'columns: is "{'),
}  # fmt: skip


@pytest.mark.parametrize(("columns", "expected"), COLUMNS.values(), ids=COLUMNS)
def test_a_wrong_column_is_reported_with_a_remedy(columns: str, expected: str) -> None:
    [problem] = problems(GOOD.replace("churn.parquet}", f"churn.parquet, columns: {columns}}}"))
    assert problem.startswith(f"x.yaml:5: spec.data.{expected}")


def test_a_word_for_missing_values_that_yaml_reads_as_a_number_needs_quotes() -> None:
    [problem] = problems(GOOD.replace("churn.parquet}", "churn.parquet, missingValues: [NA, -99]}"))
    assert problem == 'x.yaml:5: spec.data.missingValues[1]: must be text; put it in quotes: "-99"'


RULES = {
    "a column twice": (
        GOOD.replace("churn.parquet}", "churn.parquet, columns: [{name: a, type: ignore}, {name: a, type: numeric}]}"),
        5,
        "spec.data.columns: must name each column once",
    ),
    "target as date": (
        GOOD.replace("churn.parquet}", "churn.parquet, columns: [{name: churn, type: datetime}]}"),
        5,
        "spec.data.columns: must give the target the type numeric or categorical, or leave it out",
    ),
    "no encoding": (
        GOOD.replace("churn.parquet}", "churn.parquet, encoding: utf8mb4}"),
        5,
        "spec.data.encoding: must be an encoding that Python knows; give data.encoding as utf-8, cp1252,",
    ),
    "name": (GOOD.replace("name: churn", "name: Churn"), 3, "metadata.name: must be at most 40 lower-case letters"),
    "time": (GOOD + "  budget:\n    time: 0s\n", 8, "spec.budget.time: must be more than zero"),
    "ignored target": (
        GOOD.replace("churn.parquet}", "churn.parquet, ignoreColumns: [churn]}"),
        5,
        "spec.data.ignoreColumns: must not contain the target",
    ),
    "target as group": (
        GOOD + "  evaluation: {groupColumn: churn}\n",
        7,
        "spec.evaluation: must name other columns than",
    ),
    "tested on the training rows": (
        GOOD + "  evaluation: {test: {uri: s3://bucket/churn.parquet}}\n",
        7,
        "spec.evaluation.test.uri: must be another file than data.uri",
    ),
    "no encoding of test rows": (
        GOOD + "  evaluation: {test: {uri: 'file:/test.csv', encoding: utf8mb4}}\n",
        7,
        "spec.evaluation.test.encoding: must be an encoding that Python knows; give data.encoding as utf-8, cp1252,",
    ),
    "two ways to split": (
        GOOD + "  evaluation: {groupColumn: a, timeColumn: b}\n",
        7,
        "spec.evaluation: can split by groupColumn or by timeColumn, not by both",
    ),
    "in and out": (
        GOOD + "  learners: {include: [linear], exclude: [linear]}\n",
        7,
        "spec.learners: must not include and exclude the same learner",
    ),
    "binary metric": (
        GOOD + "  task: binary\n  objective: {metric: rmse}\n",
        8,
        "spec.objective.metric: must fit the task binary: one of roc_auc, average_precision,",
    ),
    "multiclass metric": (
        GOOD + "  task: multiclass\n  objective: {metric: rmse}\n",
        8,
        "spec.objective.metric: must fit the task multiclass: one of log_loss, accuracy,",
    ),
    "regression metric": (
        GOOD + "  task: regression\n  objective: {metric: roc_auc}\n",
        8,
        f"spec.objective.metric: must fit the task regression: one of {', '.join(metrics_of('regression'))}",
    ),
    "positive number": (GOOD + "  task: regression\n  positiveClass: a\n", 8, "spec.positiveClass: only has a meaning"),
    "positive class and metric": (
        GOOD + "  positiveClass: a\n  objective:\n    metric: rmse\n",
        9,
        "spec.objective.metric: must fit two classes, because there is a positiveClass: one of roc_auc,",
    ),
}


@pytest.mark.parametrize(("text", "line", "expected"), RULES.values(), ids=RULES)
def test_every_rule_names_line_and_field(text: str, line: int, expected: str) -> None:
    [problem] = problems(text)
    assert problem.startswith(f"x.yaml:{line}: {expected}")


def test_every_rule_has_its_row() -> None:
    expected = [problem.partition(": ")[2] for text, _, _ in RULES.values() for problem in problems(text)]
    assert sorted(expected) == sorted(f"{rule.field}: {rule.message}" for rule in EXPERIMENT_RULES)


def test_a_metric_of_the_task_is_accepted() -> None:
    for task, metric in (("binary", "f1"), ("multiclass", "mcc"), ("regression", "r2"), ("auto", "mae")):
        text = GOOD + f"  task: {task}\n  objective: {{metric: {metric}}}\n"
        assert load_experiment(text, "x.yaml").spec.objective.metric == metric


def test_a_file_may_have_spaces_in_its_name() -> None:
    text = GOOD.replace("s3://bucket/churn.parquet", '"file:my data.csv"')
    assert load_experiment(text, "x.yaml").spec.data.uri == "file:my data.csv"


def test_all_problems_are_reported_at_once() -> None:
    assert len(problems(GOOD + "  tagret: y\n  budget: {time: banana, trials: 0}\n")) == 3


def test_another_kind_is_refused() -> None:
    assert problems(GOOD.replace("AutoMLExperiment", "Experiment")) == [
        'x.yaml:2: kind: must be "AutoMLExperiment", not "Experiment"'
    ]


@pytest.mark.parametrize(
    "text", ["", "[]", "just words", "---\na: 1\n---\nb: 2\n", "\0", "a: !!python/object:os.system x"]
)
def test_a_file_that_is_no_manifest_is_refused_with_a_message(text: str) -> None:
    assert problems(text)


@pytest.mark.parametrize("name", ["Churn", "churn_x", "1churn", "churn-", "x" * 41, "chürn"])
def test_a_name_that_is_invalid_for_child_objects_is_refused(name: str) -> None:
    [problem] = problems(GOOD.replace("name: churn", f"name: {name}"))
    assert problem.startswith("x.yaml:3: metadata.name: must be at most 40 lower-case letters")


@given(st.text(max_size=200))
def test_any_text_gives_a_manifest_or_a_list_of_problems(text: str) -> None:
    with suppress(InvalidManifest):
        load_experiment(text, "x.yaml")


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(["data", "target", "budget", "search", "evaluation", "pools", "objective"]), _values)
def test_any_value_of_a_field_gives_a_manifest_or_a_list_of_problems(field: str, value: object) -> None:
    text = json.dumps(
        {
            "apiVersion": "automl-operator.dev/v1alpha1",
            "kind": "AutoMLExperiment",
            "metadata": {"name": "churn"},
            "spec": {"data": {"uri": "example:adult"}, "target": "class"} | {field: value},
        }
    )
    with suppress(InvalidManifest):
        load_experiment(text, "x.yaml")
