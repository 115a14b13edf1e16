"""LightGBM predicts with its own models, which are read from a text that has been fully checked."""

import re
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from automl_model.estimators import read_estimator
from automl_model.estimators.lightgbm_model import LightGBMModel
from automl_model.estimators.lightgbm_text import bare_text, check_text
from automl_model.estimators.matrix import as_matrix
from automl_model.features import Features
from builders.training import features_of

ROWS = 600
TREE = "tree\nversion=v4\nnum_class=1\nmax_feature_idx=0\n\nTree=0\nnum_leaves=1\nnum_cat=0\nleaf_value=2.5\n"


def random_features(seed: int, gaps: bool) -> Features:
    """Numbers with ties and zeros, unseen codes, and gaps in columns without gaps in training."""
    generator = np.random.default_rng(seed)
    numeric = np.round(generator.normal(size=(ROWS, 3)), 1)
    if gaps:
        numeric[generator.random(numeric.shape) < 0.2] = np.nan
    codes = generator.integers(0, 90 if gaps else 70, (ROWS, 2))
    return features_of(numeric, codes, (90, 90))


def trained(classes: int, gaps: bool, rounds: int = 12) -> lightgbm.Booster:
    features, generator = random_features(0, gaps), np.random.default_rng(1)
    signal = np.nan_to_num(features.numeric[:, 0]) + features.codes[:, 1] % 3 + generator.normal(size=ROWS)
    target = signal if classes == 1 else np.digitize(signal, np.quantile(signal, np.arange(1, classes) / classes))
    objective = {1: "regression", 2: "binary"}.get(classes, "multiclass")
    options = {"objective": objective, "num_leaves": 31, "min_data_in_leaf": 1, "verbosity": -1, "num_threads": 1}
    if classes > 2:
        options["num_class"] = classes
    data = lightgbm.Dataset(as_matrix(features), target, categorical_feature=[3, 4])
    return lightgbm.train({**options, "min_data_per_group": 2, "cat_l2": 0.1}, data, rounds)


@pytest.mark.parametrize("classes", [1, 2, 3])
@pytest.mark.parametrize("gaps", [True, False], ids=["trained with gaps", "trained without gaps"])
def test_predictions_equal_those_of_lightgbm(classes: int, gaps: bool, tmp_path: Path) -> None:
    booster, features = trained(classes, gaps), random_features(2, gaps=True)
    model = LightGBMModel.from_text(booster.model_to_string(), classes, 7)
    model.write(tmp_path)
    expected = booster.predict(as_matrix(features), num_iteration=7)
    for estimator in (model, read_estimator(tmp_path)):
        predicted = estimator.predict(features)
        np.testing.assert_allclose(predicted[:, 1] if classes == 2 else predicted, expected, rtol=1e-12)
    assert (read_estimator(tmp_path).predict(features) == model.predict(features)).all()


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_many_rows_are_predicted_a_few_trees_at_a_time_with_the_same_result(classes: int) -> None:
    text, features = trained(classes, gaps=True, rounds=40).model_to_string(), random_features(2, gaps=True)
    model = LightGBMModel.from_text(text, classes, 37)
    many = features.take(np.tile(np.arange(ROWS), 2))
    np.testing.assert_allclose(model.predict(many), np.concatenate([model.predict(features)] * 2), rtol=1e-12)


def test_a_written_model_holds_only_the_chosen_rounds(tmp_path: Path) -> None:
    model = LightGBMModel.from_text(trained(3, gaps=True).model_to_string(), 3, 5)
    model.write(tmp_path)
    text = (tmp_path / "model.txt").read_text()
    assert text.count("Tree=") == 15
    assert re.findall("leaf_count|parameters|importances|Tree=15", text) == []
    assert lightgbm.Booster(model_file=tmp_path / "model.txt").num_trees() == 15


def test_trees_of_one_leaf_are_constants() -> None:
    booster = lightgbm.train({"verbosity": -1}, lightgbm.Dataset(np.zeros((ROWS, 1)), np.full(ROWS, 7.0)), 2)
    model = LightGBMModel.from_text(booster.model_to_string(), 1, 2)
    features = features_of(np.zeros((3, 1)), np.empty((3, 0), int), ())
    np.testing.assert_array_equal(model.predict(features), booster.predict(np.zeros((3, 1))))


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_a_stage_predicts_like_a_model_of_its_rounds_only(classes: int) -> None:
    text, features = trained(classes, gaps=True).model_to_string(), random_features(3, gaps=True)
    model = LightGBMModel.from_text(text, classes, 12)
    assert model.trained_rounds() == 12
    for stage, rounds in zip(model.predict_at(features, (1, 5, 12)), (1, 5, 12), strict=True):
        alone = LightGBMModel.from_text(text, classes, rounds).predict(features)
        np.testing.assert_allclose(stage, alone, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(TREE.replace("v4", "v9"), "format 'v9'; this version reads v3, v4", id="another format"),
        pytest.param("nothing", "format None", id="not a model"),
        pytest.param(TREE + "is_linear=1\n", "linear leaves", id="linear leaves"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        bare_text(text)


def changed(name: str, first: str) -> str:
    """A text of twelve trees in which the first line of this name that has values begins with other values."""
    text = bare_text(trained(1, gaps=True).model_to_string())
    found = re.search(rf"^{name}=(?!0\n)(\S+)", text, re.MULTILINE)
    assert found
    return text[: found.start(1)] + first + text[found.end(1) :]


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        pytest.param("split_feature", "5", "columns that it does not have", id="a column beyond the last"),
        pytest.param("split_feature", "-1", "columns that it does not have", id="a column before the first"),
        pytest.param("left_child", "0", "left_child that is neither a later node", id="a node that is its own child"),
        pytest.param("right_child", "30", "right_child that is neither a later node", id="a node beyond the last"),
        pytest.param("right_child", "-32", "right_child that is neither a later node", id="a leaf beyond the last"),
        pytest.param(
            "right_child", "4294967298", "right_child that is neither a later node", id="a node that wraps around"
        ),
        pytest.param(
            "right_child", "99999999999999999999", "right_child that is not a list", id="more digits than 64 bits"
        ),
        pytest.param("num_leaves", "30", "another number of leaves", id="fewer leaves than it has"),
        pytest.param("num_leaves", "0", "without leaves", id="no leaves"),
        pytest.param("num_cat", "0", "sets of codes that it lacks", id="sets that are not announced"),
        pytest.param("num_cat", "2147483647", "another number of sets", id="more sets than it has"),
        pytest.param("decision_type", "4", "kind that no model", id="zero as missing"),
        pytest.param("decision_type", "99", "kind that no model", id="an unknown kind"),
        pytest.param("cat_boundaries", "7", "sets of codes", id="bounds that begin later"),
        pytest.param("cat_boundaries", "0 9999", "sets of codes", id="bounds beyond the words"),
        pytest.param("cat_threshold", "-1", "not words of 32 bits", id="words out of range"),
        pytest.param("leaf_value", "1e999", "finite value", id="an infinite leaf"),
        pytest.param("leaf_value", "nan", "not a list of numbers", id="not a number"),
        pytest.param("leaf_value", "1-2", "not a list of numbers", id="two numbers without a space"),
        pytest.param("leaf_value", "1e", "not a list of numbers", id="half a number"),
        pytest.param("threshold", "1inf", "not a list of numbers", id="a number and a word"),
        pytest.param("threshold", "-inf", "not numbers above -inf", id="a threshold below all numbers"),
        pytest.param("leaf_value", " 1", "not a list of numbers", id="a space before the first"),
        pytest.param("leaf_value", "0x1", "not a list of numbers", id="a number of another base"),
    ],
)
def test_a_changed_text_is_refused_before_the_library_sees_it(name: str, values: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_text(changed(name, values))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("max_feature_idx=4\n", "max_feature_idx=900\n", id="more columns than names"),
        pytest.param("num_class=1\n", "num_class=2\n", id="classes without trees"),
        pytest.param("Tree=1\n", "tree_sizes=1 2 3\nTree=1\n", id="an unneeded line of the library"),
        pytest.param("end of trees\n", "end of trees\n\npandas_categorical:[]\n", id="a line after the end"),
        pytest.param("Tree=2\n", "Tree=3\n", id="a tree that is skipped"),
        pytest.param("num_cat=", "num_dog=", id="another name"),
        pytest.param("num_leaves=", "num_leaves=\n", id="a line break"),
        pytest.param("\n", "\r\n", id="other line ends"),
    ],
)
def test_a_text_of_another_form_is_refused(old: str, new: str) -> None:
    text = bare_text(trained(1, gaps=True).model_to_string(num_iteration=3))
    assert check_text(text).trees == 3
    assert old in text
    with pytest.raises(ValueError, match="was changed after it was written"):
        check_text(text.replace(old, new))
