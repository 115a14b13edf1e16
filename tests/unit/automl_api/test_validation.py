"""What `automl validate` says of a wrong file. Each row is also a row of the tests on a real API server."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    ("extra", "said"),
    [
        pytest.param("  tagret: y", 'x.yaml:7: spec.tagret: unknown key; did you mean "target"?', id="a typo in a key"),
        pytest.param(
            "  budget:\n    tme: 2m", 'x.yaml:8: spec.budget.tme: unknown key; did you mean "time"?', id="a typo below"
        ),
        pytest.param(
            "  budget: {time: banana}",
            'x.yaml:7: spec.budget.time: is "banana"; write a duration such as 90s, 2m or 1h30m',
            id="a time that is none",
        ),
        pytest.param(
            "  budget: {time: 0s}",
            "x.yaml:7: spec.budget.time: must be more than nothing; write for example 2m or 1h30m",
            id="no time at all",
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
            "x.yaml:7: spec.evaluation.folds: input should be greater than or equal to 2, or 'auto'",
            id="too few folds",
        ),
        pytest.param(
            "  positiveClass: yes",
            'x.yaml:7: spec.positiveClass: must be text; put it in quotes: "true"',
            id="a word that YAML takes for a truth value",
        ),
        pytest.param(
            "  learners: {include: [linear], exclude: [linear]}",
            "x.yaml:7: spec.learners: must not include and exclude the same learner",
            id="wanted and not wanted",
        ),
        pytest.param(
            "  evaluation: {groupColumn: a, timeColumn: b}",
            "x.yaml:7: spec.evaluation: can split by groupColumn or by timeColumn, not by both",
            id="two ways to split",
        ),
        pytest.param(
            "  evaluation: {weightColumn: churn}",
            "x.yaml:7: spec.evaluation: must name other columns than the target as groupColumn, timeColumn "
            "and weightColumn",
            id="the target as weight",
        ),
        pytest.param(
            "  task: regression\n  positiveClass: yes!",
            "x.yaml:8: spec.positiveClass: only has a meaning for two classes; leave it out, or set task to binary",
            id="a positive number",
        ),
        pytest.param("  target: again", "x.yaml:7: spec.target: stands twice, first in line 6", id="a key twice"),
        pytest.param("  target: [", "x.yaml:8: cannot be read as YAML: ", id="no YAML"),
    ],
)
def test_a_wrong_field_is_named_with_its_line_and_what_to_do(extra: str, said: str) -> None:
    [problem] = problems(GOOD + extra + "\n")
    assert problem.startswith(said)


def test_a_metric_that_does_not_fit_the_task_names_those_that_do() -> None:
    [problem] = problems(GOOD + "  task: regression\n  objective: {metric: roc_auc}\n")
    assert "x.yaml:8: spec.objective.metric: does not fit the task" in problem
    assert "for regression there are rmse" in problem


def test_the_target_cannot_be_ignored() -> None:
    [problem] = problems(GOOD.replace("churn.parquet}", "churn.parquet, ignoreColumns: [churn]}"))
    assert problem == "x.yaml:5: spec.data.ignoreColumns: must not have the target in it"


def test_every_problem_is_said_at_once() -> None:
    assert len(problems(GOOD + "  tagret: y\n  budget: {time: banana, trials: 0}\n")) == 3


def test_another_kind_is_refused() -> None:
    assert problems(GOOD.replace("AutoMLExperiment", "Experiment")) == [
        'x.yaml:2: kind: must be "AutoMLExperiment", not "Experiment"'
    ]


@pytest.mark.parametrize(
    "text", ["", "[]", "just words", "---\na: 1\n---\nb: 2\n", "\0", "a: !!python/object:os.system x"]
)
def test_what_is_no_manifest_is_refused_in_words(text: str) -> None:
    assert problems(text)


@pytest.mark.parametrize("name", ["Churn", "churn_x", "1churn", "churn-", "x" * 41, "chürn"])
def test_a_name_that_children_cannot_be_named_after_is_refused(name: str) -> None:
    [problem] = problems(GOOD.replace("name: churn", f"name: {name}"))
    assert problem.startswith("x.yaml:3: metadata.name: must be at most 40 lower-case letters")


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail_otherwise(text: str) -> None:
    with suppress(InvalidManifest):
        load_experiment(text, "x.yaml")


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(["data", "target", "budget", "search", "evaluation", "pools", "objective"]), _values)
def test_no_value_of_a_field_makes_the_reader_fail_otherwise(field: str, value: object) -> None:
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
