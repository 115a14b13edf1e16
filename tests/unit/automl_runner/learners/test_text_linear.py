"""The learner `text_linear`: texts beside numbers, in every language, and a model without any text."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from automl_model.arrays import write_array
from automl_model.estimators import read_estimator
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import Fitted, TrainingSet
from builders.training import a_fit_context, features_of, shape_of, some_rows, telling_texts, with_texts

LEARNER = LEARNERS["text_linear"]
PAIRS = {
    "English": ("a good day", "a bad day"), "Arabic": ("يوم جيد", "يوم سيئ"), "Hebrew": ("יום טוב", "יום רע"),
    "Chinese": ("今天是美好的一天", "今天是糟糕的一天"), "Japanese": ("今日は良い日だ", "今日は悪い日だ"), "Thai": ("วันนี้เป็นวันที่ดี", "วันนี้เป็นวันที่แย่"),
    "Hindi": ("आज अच्छा दिन है", "आज बुरा दिन है"), "Korean": ("오늘은 좋은 날", "오늘은 나쁜 날"), "Russian": ("хороший день", "плохой день"),
    "emojis": ("😀🎉", "😡💔"),
}  # fmt: skip
PREDICTED = """
import sys
from pathlib import Path
import numpy as np
from automl_model.estimators import read_estimator
from builders.training import some_rows
features = some_rows("multiclass", seed=1).features
assert (read_estimator(Path(sys.argv[1])).predict(features) == np.load(sys.argv[2])).all()
print("equal")
"""


def fitted(train: TrainingSet, task: str = "binary", **parameters: object) -> Fitted:
    default = LEARNER.descriptor.default(shape_of(train, task))  # type: ignore[arg-type]
    return LEARNER.fit({**default, **parameters}, train, None, a_fit_context(task))  # type: ignore[arg-type, dict-item]


def of_texts(texts: list[str], target: list[int]) -> TrainingSet:
    nothing = features_of(np.empty((len(texts), 0)), np.empty((len(texts), 0), int), ())
    return with_texts(TrainingSet(nothing, np.array(target, np.int64)), texts)


@pytest.mark.parametrize("characters", [False, True])
def test_one_column_may_have_every_language(characters: bool) -> None:
    texts = [text for pair in PAIRS.values() for text in pair]
    train = of_texts(texts * 4, [0, 1] * len(PAIRS) * 4)
    predicted = fitted(train, characters=characters).estimator.predict(of_texts(texts, [0, 1] * len(PAIRS)).features)
    wrong = [
        name
        for place, name in enumerate(PAIRS)
        if predicted[2 * place : 2 * place + 2].argmax(axis=1).tolist() != [0, 1]
    ]
    assert wrong == []


def test_texts_and_numbers_are_read_together() -> None:
    generator = np.random.default_rng(0)
    number, truth = generator.normal(size=(200, 1)), generator.integers(0, 2, 200)
    target = number[:, 0] + 2.0 * truth
    rows = TrainingSet(features_of(number, np.empty((200, 0), int), ()), target)
    both = with_texts(rows, [f"a word that is {('low', 'high')[one]}" for one in truth])
    predicted = fitted(both, "regression").estimator.predict(both.features)
    assert np.mean((predicted - target) ** 2) < 0.02


def test_rows_have_the_same_prediction_alone_and_together() -> None:
    rows, valid = some_rows("binary"), some_rows("binary", seed=1)
    estimator = fitted(with_texts(rows, telling_texts(rows.target))).estimator
    features = with_texts(valid, telling_texts(valid.target, 1)).features
    alone = [estimator.predict(features.take(np.array([row])))[0] for row in range(5)]
    np.testing.assert_allclose(estimator.predict(features)[:5], alone, rtol=1e-12)


def test_unheard_words_and_long_cells_are_predicted() -> None:
    estimator = fitted(of_texts(["yes yes", "no no"] * 20, [0, 1] * 20)).estimator
    predicted = estimator.predict(of_texts(["qwrtz", "", "yes " * 250_000], [0, 0, 0]).features)
    assert np.isfinite(predicted).all()
    assert (predicted[0] == predicted[1]).all()
    assert predicted[2, 0] > 0.6


def test_margins_become_probabilities() -> None:
    generator = np.random.default_rng(0)
    truth = generator.random(2000) < 0.8
    texts = ["left" if generator.random() < (0.7 if one else 0.3) else "right" for one in truth]
    predicted = fitted(of_texts(texts, truth.astype(int).tolist())).estimator.predict(
        of_texts(["left", "right"], [0, 0]).features
    )
    shares = [np.mean(truth[np.array(texts) == text]) for text in ("left", "right")]
    np.testing.assert_allclose(predicted[:, 1], shares, atol=0.08)


def test_another_process_predicts_the_same(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    fitted(some_rows("multiclass"), "multiclass").estimator.write(tmp_path / "model")
    predicted = read_estimator(tmp_path / "model").predict(some_rows("multiclass", seed=1).features)
    write_array(tmp_path / "predicted.npy", predicted)
    command = [sys.executable, "-c", PREDICTED, str(tmp_path / "model"), str(tmp_path / "predicted.npy")]
    done = subprocess.run(
        command, check=True, capture_output=True, env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7"}
    )
    assert done.stdout.decode().strip() == "equal"


def test_a_model_contains_no_text(tmp_path: Path) -> None:
    fitted(of_texts(["secretword a", "other b"] * 20, [0, 1] * 20)).estimator.write(tmp_path)
    assert b"secretword" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
