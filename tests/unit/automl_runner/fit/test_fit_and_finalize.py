"""From prepared data to a bundle that predicts: folds once trained stay, and the bundle defends itself."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_api.protocol import Candidate, FinalizeWork, FitWork
from automl_api.resources.trial import Configuration, FoldResult
from automl_model import ModelError, Predictor, SchemaError, load_model
from automl_runner.failures import WorkFailed
from automl_runner.finalize import finalize
from automl_runner.fit import fit
from builders.preparing import PreparedRun, a_spec, prepare_table

LINEAR = Configuration(learner="linear", parameters={"strength": 1.0})
TREES = Configuration(learner="extra_trees", view="target_encoding", parameters={"max_leaf_nodes": 20})
BOOSTED = Configuration(learner="lightgbm", parameters={"learning_rate": 0.3, "num_leaves": 4})


def rows_of(target: str, rows: int = 240) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    signal = generator.normal(size=rows)
    frame = pd.DataFrame({"a": signal + generator.normal(size=rows), "b": generator.choice(list("xyz"), rows)})
    labels = {
        "text": np.where(signal > 0, "yes", "no"),
        "truth": signal > 0,
        "whole": np.digitize(signal, [-0.5, 0.5]) * 10,
    }
    frame["y"] = labels.get(target, signal * 100)
    return frame


class House:
    """A prepared table and what is done to it."""

    def __init__(self, place: Path, target: str = "text", **changes: object) -> None:
        self.frame = rows_of(target)
        self.run: PreparedRun = prepare_table(self.frame.to_dict("list"), place, **changes)
        self.spec = a_spec(place / "rows.parquet", **changes)
        self.place = place
        self.candidates: list[Candidate] = []

    def fit(self, configuration: Configuration, folds: tuple[int, ...] | None = None) -> tuple[FoldResult, ...]:
        chosen = folds if folds is not None else tuple(range(self.run.plan.folds))
        name = f"{configuration.learner}-{len(self.candidates)}"
        self.candidates.append(Candidate(trial=name, configuration=configuration, folds=chosen))
        return self.again(name, configuration, chosen)

    def again(self, name: str, configuration: Configuration, folds: tuple[int, ...]) -> tuple[FoldResult, ...]:
        work = FitWork(trial=name, configuration=configuration, folds=folds, prepared=self.run.plan.prepared, seed=0)
        reported: list[FoldResult] = []
        results = fit(work, self.run.store, 1, reported.append)
        assert tuple(reported) == results
        return results

    def publish(self) -> Predictor:
        work = FinalizeWork(
            prepared=self.run.plan.prepared, candidates=tuple(self.candidates), model="m", spec=self.spec
        )
        self.model = finalize(work, self.run.store, 1)
        assert finalize(work, self.run.store, 2) == self.model
        return load_model(self.run.store.local_directory("models/m"))


@pytest.mark.parametrize(
    ("target", "changes"),
    [
        ("text", {}),
        ("truth", {"objective": {"metric": "f1"}}),
        ("whole", {"task": "multiclass"}),
        ("number", {}),
        ("text", {"evaluation": {"holdout": "20%"}}),
    ],
    ids=["texts", "booleans with a threshold", "three numbers as classes", "regression", "a holdout"],
)
def test_folds_become_a_model_whose_labels_are_of_the_targets_type(
    target: str, changes: dict[str, object], tmp_path: Path
) -> None:
    house = House(tmp_path, target, **changes)
    for configuration in (LINEAR, TREES, BOOSTED):
        house.fit(configuration)
    model = house.publish()
    predicted = model.predict(house.frame)
    if target == "number":
        assert np.corrcoef(predicted, house.frame["y"])[0, 1] > 0.5
    else:
        assert predicted.dtype == house.frame["y"].dtype
        assert (predicted == house.frame["y"]).mean() > 0.5
        assert list(model.predict_proba(house.frame).columns) == list(model.classes)
    score = house.model.score
    assert score.low <= score.value <= score.high
    assert score.basis == ("holdout" if "evaluation" in changes else "cross-fitted")
    assert next(iter(model.evaluate(house.frame))) == score.metric
    assert sum(member.weight for member in house.model.members) == pytest.approx(1)
    assert len(model.leaderboard()) == 3
    assert "95 % interval" in (model.path / "README.md").read_text()


@pytest.mark.parametrize("target", ["whole", "number"])
def test_the_number_of_threads_changes_no_bit(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, target, **({"task": "multiclass"} if target == "whole" else {}))
    for configuration in (LINEAR, TREES, BOOSTED):
        house.fit(configuration)
    model, found = house.publish(), []
    many = pd.concat([house.frame] * 10, ignore_index=True)
    monkeypatch.setattr("automl_model.predictor._MOST_ROWS", 1000)
    for cores in (1, 2, 5):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, count=cores: range(count))
        found.append(model.predict(many) if target == "number" else model.predict_proba(many))
    assert found[0].equals(found[1])
    assert found[0].equals(found[2])


def test_a_finished_fold_is_handed_in_without_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path)
    first = house.fit(LINEAR)
    monkeypatch.setattr("automl_runner.fit.LEARNERS", {})
    assert house.again("linear-0", LINEAR, tuple(range(len(first)))) == first


def test_folds_of_another_configuration_are_not_taken_for_ours(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.fit(LINEAR, (0,))
    with pytest.raises(WorkFailed, match="ForeignManifest"):
        house.again("linear-0", LINEAR.replace(parameters={"strength": 2.0}), (0,))


def test_refused_parameters_are_a_failure_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match="Refused") as failed:
        House(tmp_path).fit(Configuration(learner="linear", parameters={"depht": 1}))
    assert failed.value.failure_class == "configuration"


def test_one_fold_of_one_trial_is_enough_to_publish(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.fit(BOOSTED, (0,))
    assert len(house.publish().predict(house.frame)) == len(house.frame)


def test_candidates_without_all_folds_are_compared_on_the_common_ones(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.fit(LINEAR)
    house.fit(BOOSTED, tuple(range(house.run.plan.folds - 1)))
    house.fit(TREES, (0,))
    assert set(house.publish().leaderboard()["folds"]) == {
        house.run.plan.folds,
        house.run.plan.folds - 1,
        1,
    }


def test_without_a_finished_fold_there_is_nothing_to_publish(tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match="NothingFinished"):
        House(tmp_path).publish()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> House:
    house = House(tmp_path_factory.mktemp("published"))
    house.fit(LINEAR)
    house.publish()
    return house


def test_a_missing_column_is_refused_in_words(published: House) -> None:
    model = load_model(published.run.store.local_directory("models/m"))
    with pytest.raises(SchemaError, match='no column "a"'):
        model.predict(published.frame.drop(columns="a"))


def test_a_changed_file_is_refused_by_name(published: House, tmp_path: Path) -> None:
    copy = copied(published, tmp_path)
    (copy / "encoder.json").write_bytes((copy / "encoder.json").read_bytes() + b" ")
    with pytest.raises(ModelError, match=r"encoder\.json was changed"):
        load_model(copy)


def test_an_unknown_version_is_refused(published: House, tmp_path: Path) -> None:
    copy = copied(published, tmp_path)
    manifest = json.loads((copy / "manifest.json").read_bytes())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "formatVersion": 99}))
    with pytest.raises(ModelError, match="format version 99"):
        load_model(copy)


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"manifest\.json does not exist"):
        load_model(tmp_path)
    with pytest.raises(ModelError, match="no directory"):
        load_model(tmp_path / "nowhere")


def copied(house: House, place: Path) -> Path:
    import shutil

    return Path(shutil.copytree(house.run.store.local_directory("models/m"), place / "copy"))
