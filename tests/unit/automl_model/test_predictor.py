"""Warnings of a loaded model about rows that differ from its training data."""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_model import Predictor, ReadingWarning, SchemaError, load_model
from automl_model.calibration import sharpen
from builders.bundles import a_bundle, sealed, some_table
from builders.published import a_loaded_model


def labelled_rows(count: int = 200) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    signal = generator.normal(size=count)
    return pd.DataFrame(
        {"a": signal, "city": generator.choice(["Köln", "Łódź"], count), "y": np.where(signal > 0, "yes", "no")}
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    place = tmp_path_factory.mktemp("model")
    path = place / "rows.csv"
    path.write_bytes(labelled_rows().to_csv(index=False).encode("cp1250"))
    return a_loaded_model(path, place)


def test_labels_that_are_no_class_count_as_wrong_with_a_warning(model: Predictor) -> None:
    """180 of 200 labels have another spelling; the accuracy is computed over all rows, not over the other twenty."""
    frame = labelled_rows()
    frame.loc[:179, "y"] = frame.loc[:179, "y"].str.upper()
    with pytest.warns(ReadingWarning) as caught:
        found = model.evaluate(frame)
    assert found["accuracy"] <= 0.1
    (warning,) = caught
    assert '180 of 200 rows have a value in "y" that is not a class of the model' in str(warning.message)
    assert warning.filename == __file__, "the warning names the line that called"


def test_rows_without_a_label_are_left_out_with_a_warning(model: Predictor) -> None:
    frame = labelled_rows()
    frame.loc[:4, "y"] = None
    with pytest.warns(ReadingWarning, match='5 of 200 rows have no value in "y" and are left out'):
        assert model.evaluate(frame)["accuracy"] > 0.9


def test_labels_without_any_known_class_are_refused(model: Predictor) -> None:
    with pytest.raises(SchemaError, match='no row has a value of "y" that the model knows'):
        model.evaluate(labelled_rows().assign(y="maybe"))


def test_rows_like_those_of_training_need_no_warning(model: Predictor) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.evaluate(labelled_rows())
        model.predict(labelled_rows())
        model.predict_proba(labelled_rows())


def test_the_bundle_keeps_the_encoding_of_its_training_data(model: Predictor) -> None:
    assert model.facts.encoding == "cp1250"
    notes = [warning for warning in model.facts.warnings if "not UTF-8" in warning]
    assert notes == [
        'rows.csv is not UTF-8 and is read as cp1250; if that is wrong, set data.encoding; for example "Łódź"'
    ]


def with_members(bundle: Path, **changes: float) -> Path:
    """The bundle with changed facts of its first member, which becomes the only one of any weight."""
    ensemble = json.loads((bundle / "ensemble.json").read_text())
    for number, member in enumerate(ensemble["members"]):
        member.update({"weight": float(number == 0)} | (changes if number == 0 else {}))
    (bundle / "ensemble.json").write_text(json.dumps({**ensemble, "temperature": 1.0}))
    sealed(bundle)
    return bundle


def test_each_model_predicts_at_the_temperature_of_its_member(tmp_path: Path) -> None:
    bundle, rows = a_bundle(tmp_path, "binary"), some_table("binary")
    plain = load_model(with_members(bundle))
    cooled = load_model(with_members(bundle, temperature=2.0)).predict_proba(rows)
    parts = [2 * one.predict(plain.encoder.apply(rows)) for one in plain.models[:2]]
    np.testing.assert_allclose(cooled, np.mean([sharpen(part, 2.0) for part in parts], axis=0))


@pytest.mark.parametrize(
    "version", [pytest.param(3, id="before members had temperatures"), pytest.param(4, id="before there were stacks")]
)
def test_a_model_of_an_older_format_is_read(version: int, tmp_path: Path) -> None:
    bundle = a_bundle(tmp_path, "binary")
    before = load_model(bundle).predict_proba(some_table("binary"))
    ensemble = json.loads((bundle / "ensemble.json").read_text())
    ensemble.pop("stack", None)
    for member in ensemble["members"] if version == 3 else ():
        member.pop("temperature", None)
    (bundle / "ensemble.json").write_text(json.dumps(ensemble))
    sealed(bundle, version=version)
    pd.testing.assert_frame_equal(load_model(bundle).predict_proba(some_table("binary")), before)


def test_the_reading_of_true_values_has_a_warning(tmp_path: Path) -> None:
    model = load_model(a_bundle(tmp_path, "regression"))
    frame = some_table("regression")
    commas = frame.assign(y=[str(value).replace(".", ",") for value in frame["y"]])
    with pytest.warns(ReadingWarning, match='column "y": numbers are read with decimal commas, unlike in training'):
        assert model.evaluate(commas) == model.evaluate(frame)


def test_a_system_without_cpu_affinity_predicts_too(model: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS and Windows have no affinity to read."""
    expected = model.predict_proba(labelled_rows())
    monkeypatch.delattr("os.sched_getaffinity")
    pd.testing.assert_frame_equal(load_model(model.path).predict_proba(labelled_rows()), expected)
