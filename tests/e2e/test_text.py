"""A table with a column of texts and a category becomes a model that reads both."""

from pathlib import Path

import numpy as np
import pandas
import pytest

import automl

GOOD = ("lovely", "fein", "素晴らしい", "отлично", "رائع")
BAD = ("awful", "schlecht", "ひどい", "ужасно", "فظيع")


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """Reviews in several languages at once, some empty; the words tell the answer, and so does one city."""
    generator = np.random.default_rng(0)
    rows, answer = [], generator.integers(0, 2, 300)
    for place, good in enumerate(answer):
        words = list(
            generator.choice(["the", "room", "near", "a", "station", "and", "breakfast", "in", "the", "garden"], 9)
        )
        words[generator.integers(0, 9)] = (GOOD if good else BAD)[place % 5]
        rows.append(" ".join(words) if place % 20 else "")
    city = np.where(answer & (generator.random(300) < 0.5), "Rome", generator.choice(["Oslo", "Kyiv"], 300))
    table = pandas.DataFrame({"review": rows, "city": city, "answer": np.where(answer, "yes", "no")})
    table.to_csv(tmp_path / "reviews.csv", index=False)
    return tmp_path / "reviews.csv"


def test_texts_and_categories_become_a_model(reviews: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    automl.fit(str(reviews), target="answer", time="60s", trials=2, learners=["text_linear", "lightgbm"], out=out)
    model = automl.load_model(out)
    assert [(column.name, column.kind) for column in model.signature] == [("review", "text"), ("city", "categorical")]
    assert model.evaluate(pandas.read_csv(reviews))["roc_auc"] > 0.95
    new = pandas.DataFrame({"review": ["素晴らしい room", None, "x" * 1_000_000], "city": ["Oslo", "Rome", "Paris"]})
    with pytest.warns(automl.ReadingWarning, match="20,000 characters"):
        assert model.predict(new).tolist()[:2] == ["yes", "yes"]
    assert model.predict(new[:1]).tolist() == ["yes"]
