"""A model with generated features names them where people look: in the card and on the leaderboard."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl.commands.fit import summary
from automl.commands.inspect import inspect_command
from automl.commands.leaderboard import leaderboard_command
from automl.session import RunOutcome
from automl.spec_builder import RunOptions
from automl_api.resources import ExperimentStatus
from automl_api.resources.experiment_status import LeaderboardEntry
from automl_api.resources.trial import Configuration
from builders.experiments import an_experiment
from builders.fitting import LINEAR, Pipeline

BOOSTED = Configuration(
    learner="lightgbm", view="generated_features", parameters={"learning_rate": 0.2, "num_leaves": 8}
)


def rows_of_ratio(rows: int = 900) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.uniform(0.1, 3.0, size=(rows, 3)).round(6), columns=["a", "b", "c"])
    frame["y"] = np.sin(4 * np.log(frame["a"] / frame["b"])) + 0.1 * generator.normal(size=rows)
    return frame


def test_the_formulas_and_their_worth_are_published(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline = Pipeline(tmp_path, frame=rows_of_ratio())
    for configuration in (LINEAR, BOOSTED):
        pipeline.fit(configuration, (0, 1))
    model = pipeline.publish()
    assert model.leaderboard().set_index("trial").loc["lightgbm-1", "view"] == "generated_features"
    best = model.facts.generated[0]
    assert best.name == "a / b"
    assert 0.05 < best.worth <= 1.0
    assert [feature.worth for feature in model.facts.generated] == sorted(
        (feature.worth for feature in model.facts.generated), reverse=True
    )
    assert f"| `a / b` | {best.worth:.2%} |" in (model.path / "README.md").read_text()
    inspect_command(str(model.path), RunOptions(), as_json=False)
    assert f"generated features, by their worth: a / b ({best.worth:.1%})" in capsys.readouterr().out


def test_the_leaderboard_tells_the_best_formulas_of_a_trial(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline = Pipeline(tmp_path, frame=rows_of_ratio())
    for configuration in (LINEAR, BOOSTED):
        pipeline.fit(configuration, (0, 1))
    model = pipeline.publish()
    leaderboard_command(model.path, as_json=True)
    lines = {line["trial"]: line for line in json.loads(capsys.readouterr().out)["leaderboard"]}
    assert "formulas" not in lines["linear-0"]
    assert 1 <= lines["lightgbm-1"]["formulas"] <= 20
    assert lines["lightgbm-1"]["bestFormulas"][0] == "a / b"
    entry = LeaderboardEntry.read(lines["lightgbm-1"])
    experiment = an_experiment(ExperimentStatus(leaderboard=(entry, entry.replace(trial="not-published"))))
    (tmp_path / "model").symlink_to(model.path)
    assert summary(RunOutcome(experiment, tmp_path))["leaderboard"] == [
        lines["lightgbm-1"],
        entry.replace(trial="not-published").to_dict(),
    ]


def test_a_fold_says_whether_its_view_adds_nothing(tmp_path: Path) -> None:
    frame = rows_of_ratio().assign(y=np.random.default_rng(5).normal(size=900))
    for place in ("noise", "ratio"):
        (tmp_path / place).mkdir()
    pipeline = Pipeline(tmp_path / "noise", frame=frame)
    (plain,), (boosted,) = pipeline.fit(LINEAR, (0,)), pipeline.fit(BOOSTED, (0,))
    assert (plain.view_adds_nothing, boosted.view_adds_nothing) == (False, True)
    (useful,) = Pipeline(tmp_path / "ratio", frame=rows_of_ratio()).fit(BOOSTED, (0,))
    assert not useful.view_adds_nothing
