"""From prepared data to a bundle that predicts: trained folds are kept, and a changed bundle is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_api.protocol import Candidate
from automl_api.resources.trial import Configuration
from automl_model import ModelError, SchemaError, load_model
from automl_runner.failures import WorkFailed
from automl_runner.fold_manifest import read_fold
from builders.fitting import BOOSTED, LINEAR, TREES, Pipeline


@pytest.mark.parametrize(
    ("target", "changes"),
    [
        ("text", {}),
        ("truth", {"objective": {"metric": "f1"}}),
        ("whole", {"task": "multiclass"}),
        ("number", {}),
        ("text", {"evaluation": {"holdout": "20%", "folds": 3}}),
    ],
    ids=["texts", "booleans with a threshold", "three numbers as classes", "regression", "a holdout"],
)
def test_folds_become_a_model_whose_labels_are_of_the_targets_type(
    target: str, changes: dict[str, object], tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path, target, **({"evaluation": {"folds": 3}} | changes))
    for configuration in (LINEAR, TREES, BOOSTED):
        pipeline.fit(configuration)
    model = pipeline.publish()
    predicted = model.predict(pipeline.frame)
    if target == "number":
        assert np.corrcoef(predicted, pipeline.frame["y"])[0, 1] > 0.5
    else:
        assert predicted.dtype == pipeline.frame["y"].dtype
        assert (predicted == pipeline.frame["y"]).mean() > 0.5
        assert list(model.predict_proba(pipeline.frame).columns) == list(model.classes)
    score = pipeline.model.score
    assert score.low <= score.value <= score.high
    assert score.basis == ("holdout" if "evaluation" in changes else "cross-fitted")
    assert next(iter(model.evaluate(pipeline.frame))) == score.metric
    assert sum(member.weight for member in pipeline.model.members) == pytest.approx(1)
    assert len(model.leaderboard()) == 3
    assert "95 % interval" in (model.path / "README.md").read_text()


@pytest.mark.parametrize("target", ["whole", "number"])
def test_the_number_of_threads_does_not_change_the_model(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = {"task": "multiclass"} if target == "whole" else {}
    pipeline = Pipeline(tmp_path, target, evaluation={"folds": 2}, **task)
    for configuration in (LINEAR, TREES, BOOSTED):
        pipeline.fit(configuration)
    model, found = pipeline.publish(), []
    many = pd.concat([pipeline.frame] * 10, ignore_index=True)
    monkeypatch.setattr("automl_model.predictor._MOST_ROWS", 1000)
    for cores in (1, 2, 5):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, count=cores: range(count))
        found.append(model.predict(many) if target == "number" else model.predict_proba(many))
    assert found[0].equals(found[1])
    assert found[0].equals(found[2])


def test_a_finished_fold_is_handed_in_without_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = Pipeline(tmp_path)
    first = pipeline.fit(LINEAR)
    monkeypatch.setattr("automl_runner.training.LEARNERS", {})
    assert pipeline.again("linear-0", LINEAR, tuple(range(len(first)))) == first


def test_a_fit_without_time_ends_with_the_fold_at_work_and_says_so(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    pipeline.candidates.append(Candidate(trial="lightgbm-0", configuration=BOOSTED, folds=(0, 1, 2)))
    (result,) = pipeline.again("lightgbm-0", BOOSTED, (0, 1, 2), seconds_left=lambda: 0.0)
    manifest, _ = read_fold(pipeline.run.store, "lightgbm-0", 0) or (None, None)
    assert manifest is not None
    assert (result.fold, manifest.rounds, manifest.out_of_time) == (0, 1, True)
    assert len(pipeline.publish().predict(pipeline.frame)) == len(pipeline.frame)


def test_folds_of_another_configuration_are_not_reused(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    pipeline.fit(LINEAR, (0,))
    with pytest.raises(WorkFailed, match="ForeignManifest"):
        pipeline.again("linear-0", LINEAR.replace(parameters={"strength": 2.0}), (0,))


def test_refused_parameters_are_a_failure_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match="Refused") as failed:
        Pipeline(tmp_path).fit(Configuration(learner="linear", parameters={"depht": 1}))
    assert failed.value.failure_class == "configuration"


def test_one_fold_of_one_trial_is_enough_to_publish(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    pipeline.fit(BOOSTED, (0,))
    assert len(pipeline.publish().predict(pipeline.frame)) == len(pipeline.frame)


def test_candidates_without_all_folds_are_compared_on_the_common_ones(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path)
    pipeline.fit(LINEAR)
    pipeline.fit(BOOSTED, tuple(range(pipeline.run.plan.folds - 1)))
    pipeline.fit(TREES, (0,))
    assert set(pipeline.publish().leaderboard()["folds"]) == {
        pipeline.run.plan.folds,
        pipeline.run.plan.folds - 1,
        1,
    }


def test_without_a_finished_fold_there_is_nothing_to_publish(tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match="NothingFinished"):
        Pipeline(tmp_path).publish()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    pipeline = Pipeline(tmp_path_factory.mktemp("published"))
    pipeline.fit(LINEAR)
    pipeline.publish()
    return pipeline


def test_a_missing_column_is_refused_with_a_message(published: Pipeline) -> None:
    model = load_model(published.run.store.local_directory("models/m"))
    with pytest.raises(SchemaError, match='no column "a"'):
        model.predict(published.frame.drop(columns="a"))


def test_a_changed_file_is_refused_by_name(published: Pipeline, tmp_path: Path) -> None:
    copy = copied(published, tmp_path)
    (copy / "encoder.json").write_bytes((copy / "encoder.json").read_bytes() + b" ")
    with pytest.raises(ModelError, match=r"encoder\.json was changed"):
        load_model(copy)


def test_an_unknown_version_is_refused(published: Pipeline, tmp_path: Path) -> None:
    copy = copied(published, tmp_path)
    manifest = json.loads((copy / "manifest.json").read_bytes())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "formatVersion": 99}))
    with pytest.raises(ModelError, match="format version 99"):
        load_model(copy)


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"manifest\.json does not exist"):
        load_model(tmp_path)
    with pytest.raises(ModelError, match="not a directory"):
        load_model(tmp_path / "nowhere")


def copied(pipeline: Pipeline, place: Path) -> Path:
    import shutil

    return Path(shutil.copytree(pipeline.run.store.local_directory("models/m"), place / "copy"))
