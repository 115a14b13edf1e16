"""`prepare` from a file to a plan, and to prepared data that fit and finalize can open."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_api.resources.plan import MAX_PLAN_BYTES
from automl_model.encoding import Encoder
from automl_model.files import ChangedFileError
from automl_runner.prepared import open_prepared
from builders.preparing import a_table, prepare_file, prepare_table


def test_the_arrays_are_memory_mapped_by_column_and_equal_the_encoders_output(tmp_path: Path) -> None:
    table = a_table(200)
    prepared = prepare_table(table, tmp_path).prepared
    assert isinstance(prepared.features.numeric, np.memmap)
    assert prepared.features.numeric.flags.f_contiguous
    assert prepared.features.codes.flags.f_contiguous
    again = Encoder.from_state(prepared.info.encoder).apply(pd.DataFrame(table))
    np.testing.assert_array_equal(prepared.features.numeric, again.numeric)
    np.testing.assert_array_equal(prepared.features.codes, again.codes)
    assert prepared.features.numeric_names == again.numeric_names


def test_the_label_and_ignored_columns_are_no_features(tmp_path: Path) -> None:
    run = prepare_table(a_table(200), tmp_path, data={"ignoreColumns": ["first"]})
    assert [column.name for column in run.prepared.info.signature] == ["second", "city"]
    assert run.plan.columns == 2


def test_the_plan_has_task_metric_classes_and_folds(tmp_path: Path) -> None:
    run = prepare_table(a_table(200), tmp_path)
    assert (run.plan.task, run.plan.metric, run.plan.folds) == ("binary", "roc_auc", 8)
    assert run.plan.target.positive_class == run.plan.target.classes[-1] == run.prepared.info.positive_class
    assert sum(run.plan.target.counts) == run.plan.rows == 200
    assert 0 < run.plan.finalize_seconds < 120


def test_learners_are_sorted_by_cost_and_limited_to_the_requested(tmp_path: Path) -> None:
    every = prepare_table(a_table(200), tmp_path).plan.learners
    assert [learner.seconds_per_fold for learner in every] == sorted(learner.seconds_per_fold for learner in every)
    names = [learner.name for learner in every]
    fewer = prepare_table(a_table(200), tmp_path, learners={"exclude": names[1:2]}).plan.learners
    assert [learner.name for learner in fewer] == names[:1] + names[2:]


def test_each_row_is_validated_in_one_fold_and_not_trained_on_in_it(tmp_path: Path) -> None:
    run = prepare_table(a_table(200), tmp_path, evaluation={"folds": 4})
    folds = [run.prepared.fold_rows(fold) for fold in range(4)]
    assert np.sort(np.concatenate([valid for _, valid in folds])).tolist() == list(range(200))
    for train, valid in folds:
        assert np.sort(np.concatenate([train, valid])).tolist() == list(range(200))
    with pytest.raises(ValueError, match="there is no fold 4"):
        run.prepared.fold_rows(4)


def test_a_holdout_keeps_its_targets_apart(tmp_path: Path) -> None:
    table = a_table(200)
    run = prepare_table(table, tmp_path, evaluation={"holdout": "20%"})
    held = run.prepared.holdout_rows
    assert run.plan.holdout_rows == len(held) == 40
    assert (run.prepared.target[held] == -1).all()
    assert [run.prepared.info.classes[code] for code in run.prepared.holdout_target()] == table["y"][held].tolist()
    train, valid = run.prepared.fold_rows(0)
    assert not np.isin(held, np.concatenate([train, valid])).any()


def test_weights_and_groups_are_no_features(tmp_path: Path) -> None:
    table = {**a_table(200), "w": np.arange(1.0, 201.0), "g": [f"g{n // 10}" for n in range(200)]}
    run = prepare_table(table, tmp_path, evaluation={"weightColumn": "w", "groupColumn": "g"})
    assert run.plan.columns == 3
    assert run.prepared.info.folds.kind == "group"
    assert run.prepared.weights is not None
    assert run.prepared.weights * 100.5 == pytest.approx(table["w"]), "in proportion, and 1 on average"


def test_rows_of_weight_zero_are_left_out_with_their_classes_and_a_note(tmp_path: Path) -> None:
    """A class whose rows all have the weight 0 does not exist; each fold can be scored."""
    labels = ["never"] * 20 + ["no", "yes"] * 90
    table = {"x": np.arange(200.0) ** 2, "w": [0.0] * 60 + [1.0] * 140, "y": labels}
    run = prepare_table(table, tmp_path, evaluation={"weightColumn": "w"})
    assert (run.plan.rows, run.plan.target.classes) == (140, ("no", "yes"))
    assert "60 of 200 rows have the weight 0" in run.warnings_with("Repaired")[0].message


def test_folds_have_their_share_of_the_weight(tmp_path: Path) -> None:
    """If the few heavy rows were assigned at random, a third of the folds would have almost no weight."""
    weights = np.where(np.arange(200) % 20 == 0, 1000.0, 1.0)
    for number, target in enumerate((a_table(200)["y"], np.random.default_rng(0).normal(size=200))):
        table = {**a_table(200), "w": weights, "y": target}
        (tmp_path / str(number)).mkdir()
        run = prepare_table(table, tmp_path / str(number), evaluation={"weightColumn": "w", "folds": 5})
        assert run.prepared.weights is not None
        shares = [run.prepared.weights[run.prepared.fold_rows(fold)[1]].sum() for fold in range(5)]
        assert max(shares) < 1.6 * min(shares)


def test_tiny_weights_do_not_become_zero(tmp_path: Path) -> None:
    table = {**a_table(100), "w": [1e-60] * 50 + [1.0] * 50}
    run = prepare_table(table, tmp_path, evaluation={"weightColumn": "w"})
    assert run.prepared.weights is not None
    assert (run.prepared.weights > 0).all()


def test_with_folds_by_time_later_rows_validate(tmp_path: Path) -> None:
    days = pd.date_range("2020-01-01", periods=200).strftime("%Y-%m-%d")
    run = prepare_table({**a_table(200), "day": days}, tmp_path, evaluation={"timeColumn": "day", "folds": 3})
    assert run.prepared.info.folds.kind == "time"
    for fold in range(3):
        train, valid = run.prepared.fold_rows(fold)
        assert train.max() < valid.min()


@pytest.mark.parametrize("rows", [6, 20])
def test_very_few_rows_are_enough(tmp_path: Path, rows: int) -> None:
    table = {"x": np.arange(rows) ** 2 / 7, "y": ["a", "b"] * (rows // 2)}
    assert prepare_table(table, tmp_path).plan.folds >= 2


def test_only_categories_or_only_numbers_are_enough(tmp_path: Path) -> None:
    table = a_table(60)
    assert prepare_table({"city": table["city"], "y": table["y"]}, tmp_path).prepared.features.numeric.shape == (60, 0)
    assert prepare_table({"first": table["first"], "y": table["y"]}, tmp_path).prepared.features.codes.shape == (60, 0)


@pytest.mark.parametrize("name", ["a,b", 'a"b', "a\nb", "größe", "名前", " spaced ", "$(rm)", "class", "1"], ids=repr)
def test_columns_may_have_odd_names(tmp_path: Path, name: str) -> None:
    table = a_table(60)
    pd.DataFrame({name: table["first"], "y": table["y"]}).to_csv(tmp_path / "rows.csv", index=False)
    run = prepare_file(tmp_path / "rows.csv", tmp_path)
    assert run.prepared.features.numeric_names == (name,)


def test_a_plan_of_ten_thousand_columns_is_small(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((30, 10_000)).round(3).astype(str)
    values[:, 301:] = "7"
    header = [*(f"{'long name ' * 20}{number}" for number in range(10_000)), "y"]
    lines = [header, *([*row, label] for row, label in zip(values, ["a", "b", "b"] * 10, strict=True))]
    (tmp_path / "rows.csv").write_text("\n".join(map(",".join, lines)))
    run = prepare_file(tmp_path / "rows.csv", tmp_path)
    assert run.plan.columns == 301
    assert len(run.plan.warnings) <= 100
    assert len(run.plan.to_json()) < MAX_PLAN_BYTES


def test_a_plan_of_a_thousand_long_classes_is_small(tmp_path: Path) -> None:
    classes = [f"{n} {'é' * 300}" for n in range(900)] * 2
    run = prepare_table({"x": np.random.default_rng(0).random(1800), "y": classes}, tmp_path)
    assert len(run.plan.to_json().encode()) < MAX_PLAN_BYTES
    assert len(run.plan.target.classes) == 900
    assert set(run.prepared.info.classes) == set(classes)


def test_a_repeated_prepare_has_its_own_path_and_the_same_content(tmp_path: Path) -> None:
    one, other = (prepare_table(a_table(200), tmp_path) for _ in range(2))
    assert one.plan.prepared.path != other.plan.prepared.path
    assert one.prepared.info == other.prepared.info


def test_changed_prepared_data_is_refused(tmp_path: Path) -> None:
    run = prepare_table(a_table(200), tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(run.prepared.directory, copy)
    np.save(copy / "folds.npy", np.zeros(200, np.int16))
    with pytest.raises(ChangedFileError, match=r"folds\.npy was changed"):
        open_prepared(copy)
    (copy / "numeric.npy").unlink()
    with pytest.raises(ChangedFileError, match=r"numeric\.npy is missing"):
        open_prepared(copy)
    with pytest.raises(ChangedFileError, match=r"manifest\.json was changed"):
        open_prepared(run.prepared.directory, "sha256:other")


def test_weights_and_times_may_have_decimal_commas(tmp_path: Path) -> None:
    table = {**a_table(100), "w": [f"{n % 7},5" for n in range(100)], "t": [f"{n},25" for n in range(100)]}
    run = prepare_table(table, tmp_path, evaluation={"weightColumn": "w", "timeColumn": "t"})
    assert run.prepared.weights is not None
    assert (run.prepared.weights / run.prepared.weights[0])[:3].tolist() == pytest.approx([1.0, 3.0, 5.0])
    assert run.prepared.info.folds.kind == "time"


WEIGHTS = {
    "a zero of one decimal": ("0.0", "red", [980, 1.234, 12.345]),
    "a stray cell in a row without a target": ("n/k", None, [980, 1234, 12345]),
}


@pytest.mark.parametrize(("cell", "label", "meant"), WEIGHTS.values(), ids=WEIGHTS)
def test_all_rows_decide_the_notation_of_weights_even_those_left_out(
    cell: str, label: str | None, meant: list[float], tmp_path: Path
) -> None:
    table = {"a": list(range(61)), "b": [1, 2, 3] * 20 + [9], "y": [*["red", "blue"] * 30, label]}
    run = prepare_table(
        {**table, "w": [*["980", "1.234", "12.345"] * 20, cell]}, tmp_path, evaluation={"weightColumn": "w"}
    )
    assert run.prepared.weights is not None
    assert run.prepared.weights[:3] / run.prepared.weights[0] == pytest.approx(np.array(meant) / meant[0])
    said = any("points are read as separators of thousands" in one.message for one in run.warnings_with("Repaired"))
    assert said == (meant[1] == 1234)
