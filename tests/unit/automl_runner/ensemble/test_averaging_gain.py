"""The reported score is that of the averaged models of the folds, as far as shared rows prove it better."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from automl_api.resources.trial import Configuration
from automl_runner.ensemble.averaging_gain import Gain, SharedRows, averaging_gain
from automl_runner.ensemble.interval import Estimate
from automl_runner.fold_manifest import SHARED, FoldManifest
from builders.fitting import Pipeline

if TYPE_CHECKING:
    from automl_api.base import Scalar

MODELS = 8
ROWS = 400


def unpredictable_values(spread: float, seed: int = 0) -> SharedRows:
    """Predictions of two models for a target of variance 1 that nobody can predict; their own noise has this spread."""
    generator = np.random.default_rng(seed)
    target, first, second = generator.normal(size=(3, ROWS)) * np.array([[1.0], [spread], [spread]])
    return SharedRows(target, None, first, second, (first + second) / 2)


def noisy_chances(spread: float, seed: int = 0) -> SharedRows:
    """Probabilities of two classes by two models, which see the same signal, each with noise of its own."""
    generator = np.random.default_rng(seed)
    signal, *noise = generator.normal(size=(3, ROWS)) * np.array([[1.0], [spread], [spread]])
    target = (generator.random(ROWS) < 1 / (1 + np.exp(-2 * signal))).astype(np.int64)
    first, second = (np.column_stack([1 - p, p]) for p in (1 / (1 + np.exp(-(signal + own))) for own in noise))
    return SharedRows(target, None, first, second, (first + second) / 2)


def one_class(pair: SharedRows) -> SharedRows:
    return pair.take(np.flatnonzero(pair.target == 1))


def test_the_gain_for_errors_is_that_of_averaging_all_models() -> None:
    pairs = [unpredictable_values(spread=0.5, seed=seed) for seed in range(4)]
    found = averaging_gain("rmse", pairs, 0.5, MODELS, seed=0)
    expected = math.log(math.sqrt((1 + 0.5**2 / MODELS) / (1 + 0.5**2)))
    assert found.value == pytest.approx(expected, abs=3 * found.variance**0.5)
    assert 0 < found.variance**0.5 < 0.2 * abs(expected)


def test_two_models_gain_what_their_pair_gains() -> None:
    pair = unpredictable_values(spread=1.0)
    both = np.sqrt(np.mean((pair.target - (pair.first + pair.second) / 2) ** 2))
    one = np.mean([np.sqrt(np.mean((pair.target - each) ** 2)) for each in (pair.first, pair.second)])
    found = averaging_gain("rmse", [pair], 0.5, models=2, seed=0)
    assert math.exp(found.value) == pytest.approx(both / one, rel=0.02)


def test_a_ranking_gains_as_an_addition() -> None:
    found = averaging_gain("roc_auc", [noisy_chances(spread=2.0, seed=seed) for seed in range(4)], 0.5, MODELS, seed=0)
    assert 0.02 < found.value < 0.2


def test_equal_models_gain_nothing() -> None:
    pair = unpredictable_values(spread=0.5)
    same = SharedRows(pair.target, None, pair.first, pair.first, pair.first)
    assert averaging_gain("rmse", [same], 0.5, MODELS, seed=0) == Gain(0.0, 0.0)


def test_a_gain_within_its_noise_hardly_counts() -> None:
    pairs = [noisy_chances(spread=0.05, seed=seed).take(np.arange(40)) for seed in range(4)]
    found = averaging_gain("roc_auc", pairs, 0.5, MODELS, seed=0)
    assert abs(found.value) < 0.003


def test_heavier_rows_count_more() -> None:
    noisy, calm = unpredictable_values(spread=1.0), unpredictable_values(spread=0.1, seed=1)
    parts = [np.concatenate([one, two]) for one, two in
             zip((noisy.target, noisy.first, noisy.second), (calm.target, calm.first, calm.second), strict=True)]  # fmt: skip
    found = {}
    for heavy in ("noisy", "calm"):
        weights = np.repeat([100.0, 1.0] if heavy == "noisy" else [1.0, 100.0], ROWS)
        pair = SharedRows(parts[0], weights, parts[1], parts[2], (parts[1] + parts[2]) / 2)
        found[heavy] = averaging_gain("rmse", [pair], 0.5, MODELS, seed=0).value
    assert found["noisy"] < 5 * found["calm"] < 0


def test_a_pair_of_one_class_is_left_out() -> None:
    both = noisy_chances(spread=2.0)
    found = averaging_gain("roc_auc", [both, one_class(noisy_chances(2.0, seed=1))], 0.5, MODELS, seed=0)
    assert found.value == pytest.approx(averaging_gain("roc_auc", [both], 0.5, MODELS, seed=0).value, rel=0.1)
    assert averaging_gain("roc_auc", [one_class(both)], 0.5, MODELS, seed=0) == Gain()


@pytest.mark.parametrize(
    ("metric", "estimate", "gain", "expected"),
    [
        ("rmse", Estimate(2.0, 1.0, 4.0), Gain(math.log(0.5), 0.0), Estimate(1.0, 0.5, 2.0)),
        ("roc_auc", Estimate(0.8, 0.7, 0.9), Gain(0.05, 0.0), Estimate(0.85, 0.75, 0.95)),
        ("roc_auc", Estimate(0.97, 0.95, 0.99), Gain(0.05, 0.0), Estimate(1.0, 0.98, 1.0)),
        ("rmse", Estimate(0.0, 0.0, 0.1), Gain(-0.1, 0.0), Estimate(0.0, 0.0, 0.1)),
    ],
    ids=["an error by a factor", "a share by a difference", "a share up to 1", "no error"],
)
def test_the_interval_moves_with_the_score(metric: str, estimate: Estimate, gain: Gain, expected: Estimate) -> None:
    found = gain.added_to(estimate, metric)
    assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


@pytest.mark.parametrize("metric", ["rmse", "roc_auc"])
def test_the_noise_of_the_gain_widens_the_interval(metric: str) -> None:
    estimate = Estimate(0.8, 0.75, 0.85)
    narrow, wide = (Gain(0.01, variance).added_to(estimate, metric) for variance in (0.0, 0.03**2))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_reported_score_is_that_of_the_published_average(tmp_path: Path) -> None:
    """Trees that learn noise by heart differ from fold to fold; their average errs by far less than each."""
    frame, fresh = (_noisy(rows, seed) for rows, seed in ((2_400, 0), (20_000, 1)))
    pipeline = Pipeline(tmp_path, frame=frame, evaluation={"folds": 8}, objective={"metric": "rmse"})
    deep: dict[str, Scalar] = {"learning_rate": 0.5, "num_leaves": 200, "min_data_in_leaf": 1}
    results = pipeline.fit(Configuration(learner="lightgbm", parameters=deep))
    true = pipeline.publish().evaluate(fresh)["rmse"]
    score, single = pipeline.model.score, float(np.mean([fold.score for fold in results]))
    assert true < 0.98 * single
    assert score.low <= true <= score.high
    assert score.value < 0.99 * single
    assert score.high < single * 1.02


def test_folds_of_an_older_version_have_no_gain(tmp_path: Path) -> None:
    """They have no predictions for shared rows."""
    pipeline = Pipeline(tmp_path, frame=_noisy(2_400, 0), evaluation={"folds": 8})
    pipeline.fit(Configuration(learner="extra_trees", parameters={"max_leaf_nodes": 500}))
    with_gain = pipeline.publish().facts.score
    for path in (tmp_path / "store").glob("trials/*/fold-*/manifest.json"):
        manifest = FoldManifest.read_json(path.read_bytes())
        files = {name: digest for name, digest in manifest.files.items() if name != SHARED}
        assert files != manifest.files
        path.write_text(manifest.replace(files=files).to_json())
    without = pipeline.publish(attempt=2).facts.score
    assert with_gain.value < without.value


def _noisy(rows: int, seed: int) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    columns = generator.normal(size=(rows, 3))
    frame = pd.DataFrame(columns, columns=["a", "b", "c"])
    frame["y"] = 2 * columns[:, 0] + columns[:, 1] + generator.normal(size=rows)
    return frame
