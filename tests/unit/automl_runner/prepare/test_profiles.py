"""Profiles keep the kind of each column, the reason and example cells; notes name columns that are left out."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from automl_model.encoding import ColumnProfile
from automl_runner.failures import WorkFailed
from builders.preparing import PreparedRun, a_table, prepare_file, prepare_table

ROWS = 60


def profiles(run: PreparedRun) -> dict[str, ColumnProfile]:
    return {profile.name: profile for profile in run.prepared.info.profiles}


def test_every_column_has_a_profile_and_the_plan_has_no_cells(tmp_path: Path) -> None:
    table = {
        **a_table(ROWS),
        "price": [*(f"{n}.25" for n in range(ROWS - 1)), "secret"],
        "shop": ["a", "b"] * (ROWS // 2),
    }
    pd.DataFrame(table).to_csv(tmp_path / "rows.csv", index=False)
    run = prepare_file(
        tmp_path / "rows.csv", tmp_path, evaluation={"groupColumn": "shop"}, data={"ignoreColumns": ["second"]}
    )
    found = profiles(run)
    assert set(found) == set(table)
    assert found["price"] == ColumnProfile(
        name="price",
        kind="numeric",
        reason="its cells are numbers",
        examples=("0.25", "1.25", "2.25", "3.25", "4.25"),
        odd=("secret",),
        odd_count=1,
    )
    assert found["city"].kind == "categorical"
    assert (found["shop"].kind, found["shop"].reason) == ("ignored", "it keeps rows together")
    assert (found["second"].kind, found["second"].reason) == ("ignored", "data.ignoreColumns says so")
    assert found["y"].reason == "it is the target, of a binary question"
    assert "secret" not in run.plan.to_json()
    assert any(warning.cell == "secret" for warning in run.prepared.info.warnings)
    assert run.warnings_with("Repaired")[0].message.startswith('1 of 60 cells of "price" are unlike the others')


@pytest.mark.parametrize("name", ["id", None])
def test_the_index_of_a_stored_frame_is_left_out_with_a_note(name: str | None, tmp_path: Path) -> None:
    frame = pd.DataFrame(a_table(ROWS), index=pd.Index([f"row {n}" for n in range(ROWS)], name=name))
    frame.to_parquet(tmp_path / "rows.parquet")
    run = prepare_file(tmp_path / "rows.parquet", tmp_path)
    assert [column.name for column in run.prepared.info.signature] == ["first", "second", "city"]
    notes = run.warnings_with("Identifier")
    assert [warning.message for warning in notes] == [
        f'"{name or "__index_level_0__"}" is the index of the DataFrame that was stored and is left out'
    ]


def test_a_named_range_index_is_left_out_too_although_no_column_holds_it(tmp_path: Path) -> None:
    for name, notes in (
        ("rowno", ['"rowno" is the index of the DataFrame that was stored and is left out']),
        ("first", []),
    ):
        pd.DataFrame(a_table(ROWS)).rename_axis(name).to_parquet(tmp_path / "rows.parquet")
        run = prepare_file(tmp_path / "rows.parquet", tmp_path)
        assert [warning.message for warning in run.warnings_with("Identifier")] == notes
        assert [column.name for column in run.prepared.info.signature] == ["first", "second", "city"]


def test_an_index_that_the_spec_names_is_a_column(tmp_path: Path) -> None:
    frame = pd.DataFrame(a_table(ROWS)).set_index("y")
    frame.to_parquet(tmp_path / "rows.parquet")
    assert prepare_file(tmp_path / "rows.parquet", tmp_path).plan.target.classes == ("no", "yes")


REASONS = {
    "counted out": (list(range(ROWS)), "numbers the rows, and new rows would have numbers that training has not seen"),
    "one value": (["a"] * ROWS, "has the same value in every row"),
    "nothing": ([None] * ROWS, "holds nothing but missing values"),
    "all different": ([f"key {n}" for n in range(ROWS)], "holds a different text in every row, as names or keys do"),
    "another column": (np.asarray(a_table(ROWS)["first"]), 'says the same as "first" in every row'),
}


@pytest.mark.parametrize(("values", "reason"), REASONS.values(), ids=REASONS)
def test_a_column_that_is_left_out_has_its_reason(values: list[object], reason: str, tmp_path: Path) -> None:
    run = prepare_table({**a_table(ROWS), "x": values}, tmp_path)
    assert (profiles(run)["x"].kind, profiles(run)["x"].reason) == ("ignored", reason)
    assert any(warning.column == "x" and reason in warning.message for warning in run.plan.warnings)


def test_long_keys_are_different_groups(tmp_path: Path) -> None:
    keys = [2**62 + n // 2 for n in range(ROWS)]
    run = prepare_table({**a_table(ROWS), "key": keys}, tmp_path, evaluation={"groupColumn": "key"})
    folds = run.prepared.folds
    assert (folds[::2] == folds[1::2]).all()
    assert run.prepared.info.folds.count > 1


def test_group_names_that_are_read_as_missing_have_a_note(tmp_path: Path) -> None:
    table = {**a_table(ROWS), "country": ["NA", "US", "DE", "FR"] * (ROWS // 4)}
    pd.DataFrame(table).to_csv(tmp_path / "rows.csv", index=False)
    evaluation = {"groupColumn": "country"}
    (warning,) = prepare_file(tmp_path / "rows.csv", tmp_path, evaluation=evaluation).warnings_with("Repaired")
    assert warning.message.startswith('15 rows have a word for a missing value in "country"')
    told = prepare_file(tmp_path / "rows.csv", tmp_path, evaluation=evaluation, data={"missingValues": [""]})
    assert not [warning for warning in told.warnings_with("Repaired") if warning.column == "country"]


ROLES = {
    "weights with points between thousands": ("weightColumn", ["1.234", "980"], 'the weights in "w" are read as numbers with decimal commas and "." between thousands'),
    "weights with points that may be either": ("weightColumn", ["1.234", "980"], '"w" holds numbers whose points are read as separators of thousands'),
    "weights with a unit": ("weightColumn", ["1 kg", "2 kg"], 'the weights in "w" are read as numbers with the unit kg'),
    "plain weights": ("weightColumn", ["1", "2.5"], ""),
    "times that nothing decides": ("timeColumn", [f"05/{n:02d}/2024" for n in range(1, 13)], '"w" holds dates that may put the month or the day first, and none of them decides'),
    "times in numbers with points": ("timeColumn", [f"{n}.00{n}" for n in range(1, 9)] + ["9", "8", "7", "6"], '"w" holds numbers whose points are read as separators of thousands'),
    "plain times": ("timeColumn", [f"2024-01-{n:02d}" for n in range(1, 13)], ""),
}  # fmt: skip


@pytest.mark.parametrize(("role", "cells", "words"), ROLES.values(), ids=ROLES)
def test_the_notation_of_weights_and_times_has_one_note(
    role: str, cells: list[str], words: str, tmp_path: Path
) -> None:
    """Also if they are not features."""
    table = {**a_table(ROWS), "w": cells * (ROWS // len(cells))}
    for ignored in ([], ["w"]):
        run = prepare_table(table, tmp_path, evaluation={role: "w"}, data={"ignoreColumns": ignored})
        notes = [warning.message for warning in run.warnings_with("Repaired") if warning.column == "w"]
        assert sum(words in message for message in notes) == 1 if words else notes == []


def test_examples_are_values_and_odd_cells_are_listed_apart(tmp_path: Path) -> None:
    table = {
        **a_table(ROWS),
        "price": ["0", "secret", "", *(f"{n}.25" for n in range(ROWS - 3))],
        "shop": ["c", "NA", *["a", "b"] * (ROWS // 2 - 1)],
        "count": ["0", "", *(str(n % 7) for n in range(ROWS - 2))],
        "y": ["NA", *a_table(ROWS)["y"][1:]],
    }
    pd.DataFrame(table).to_csv(tmp_path / "rows.csv", index=False)
    found = profiles(prepare_file(tmp_path / "rows.csv", tmp_path))
    assert (found["price"].examples[0], found["price"].odd, found["price"].missing) == ("0.25", ("secret",), 1)
    assert found["shop"].examples == ("a", "b")
    assert found["count"].examples == ("0", "1", "2", "3", "4")
    assert set(found["y"].examples) == {"yes", "no"}


DATES = {
    "points": ("{1:02d}.{0:02d}.2024", "its cells are dates like 01.01.2024, the day first"),
    "the day first": ("{1:02d}/{0:02d}/2024", "its cells are dates like 01/01/2024, the day first"),
    "the month first": ("{0:02d}/{1:02d}/2024", "its cells are dates like 01/01/2024, the month first"),
    "the year first": ("2024/{0:02d}/{1:02d}", "its cells are dates like 2024/01/01"),
    "iso": ("2024-{0:02d}-{1:02d}", "its cells are dates"),
}


@pytest.mark.parametrize(("written", "reason"), DATES.values(), ids=DATES)
def test_a_profile_shows_how_one_of_the_dates_is_read(written: str, reason: str, tmp_path: Path) -> None:
    days = [written.format(1 + n % 12, 1 + n % 28) for n in range(ROWS - 1)]
    run = prepare_table({**a_table(ROWS), "when": ["soon", *days]}, tmp_path)
    assert profiles(run)["when"].reason == reason


def test_missing_cells_are_counted_for_every_use_of_a_column(tmp_path: Path) -> None:
    half = ["", "a"] * (ROWS // 2)
    table = {**a_table(ROWS), "skipped": half, "country": [*["NA"] * 10, *["DE", "FR"] * 25], "weight": [1, 2] * 30}
    pd.DataFrame(table).to_csv(tmp_path / "rows.csv", index=False)
    evaluation = {"groupColumn": "country", "weightColumn": "weight"}
    run = prepare_file(tmp_path / "rows.csv", tmp_path, evaluation=evaluation, data={"ignoreColumns": ["skipped"]})
    found = profiles(run)
    assert {name: found[name].missing for name in ("skipped", "country", "weight", "first")} == {
        "skipped": 30,
        "country": 10,
        "weight": 0,
        "first": 0,
    }
    assert (found["skipped"].examples, found["country"].examples) == (("a",), ("DE", "FR"))
    given = {"columns": [{"name": "skipped", "type": "ignore"}], "missingValues": ["a"]}
    assert profiles(prepare_file(tmp_path / "rows.csv", tmp_path, data=given))["skipped"].missing == ROWS


@pytest.mark.parametrize("ignored", [(), ("x",)], ids=["used", "ignored"])
def test_lists_are_not_missing(ignored: tuple[str, ...], tmp_path: Path) -> None:
    table = {**a_table(ROWS), "x": [[1], None, *[[2]] * (ROWS - 2)]}
    found = profiles(prepare_table(table, tmp_path, data={"ignoreColumns": ignored}))["x"]
    assert (found.kind, found.missing, found.examples) == ("ignored", 1, ("[1]", "[2]"))


FAR: dict[str, tuple[pa.DataType, int, str]] = {
    "days": (pa.date32(), 2_932_897, "10000-01-01"),
    "microseconds": (pa.timestamp("us"), 2**62, "<value out of range: 4611686018427387904>"),
    "microseconds in a zone": (pa.timestamp("us", "UTC"), 2**62, "<value out of range: 4611686018427387904> UTC"),
    "the year 10000 in a zone": (pa.timestamp("us", "Europe/Rome"), 253_402_300_800 * 10**6, "10000-01-01 00:00:00.000000 UTC"),
    "a duration": (pa.duration("s"), 2**62, "4611686018427387904 s"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "number", "cell"), FAR.values(), ids=FAR)
@pytest.mark.parametrize("ignored", [[], ["x"]])
def test_dates_and_durations_outside_pythons_range_are_examples(
    kind: pa.DataType, number: int, cell: str, ignored: list[str], tmp_path: Path
) -> None:
    whole = pa.array([number, *range(1, ROWS)], pa.int32() if pa.types.is_date32(kind) else pa.int64())
    table = pa.table({**{name: pa.array(values) for name, values in a_table(ROWS).items()}, "x": whole.cast(kind)})
    pq.write_table(table, tmp_path / "rows.parquet")
    run = prepare_file(tmp_path / "rows.parquet", tmp_path, data={"ignoreColumns": ignored})
    assert (profiles(run)["x"].kind == "ignored") == bool(ignored)
    assert profiles(run)["x"].examples[0] == cell


def test_times_outside_the_range_of_dates_are_refused_by_name(tmp_path: Path) -> None:
    times = pa.array([2**62, *range(1, ROWS)], pa.timestamp("ms"))
    pq.write_table(
        pa.table({**{n: pa.array(v) for n, v in a_table(ROWS).items()}, "x": times}), tmp_path / "rows.parquet"
    )
    with pytest.raises(WorkFailed, match='"x" holds times more than 290,000 years from now'):
        prepare_file(tmp_path / "rows.parquet", tmp_path)
    run = prepare_file(tmp_path / "rows.parquet", tmp_path, data={"ignoreColumns": ["x"]})
    assert profiles(run)["x"].kind == "ignored"
