"""Prepare obeys the spec's kinds of columns, words for missing values and encoding, or refuses them."""

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from automl_model.tables import table_of
from automl_runner.failures import WorkFailed
from builders.preparing import PreparedRun, prepare_file

ROWS = 60
GENERATOR = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "zip": GENERATOR.choice([10115, 20095, 80331], ROWS),
        "when": GENERATOR.choice(["2024-01-31", "2024-02-01", "2024-03-01"], ROWS),
        "size": GENERATOR.choice([-99, 1, 2, 3], ROWS),
        "country": GENERATOR.choice(["NA", "DE"], ROWS),
        "code": GENERATOR.choice([0, 1], ROWS),
        "y": GENERATOR.choice(["yes", "no"], ROWS),
    }
)


def prepared(place: Path, **data: Any) -> PreparedRun:
    FRAME.to_csv(place / "rows.csv", index=False)
    return prepare_file(place / "rows.csv", place, data=data)


def kinds(run: PreparedRun) -> dict[str, str]:
    return {profile.name: profile.kind for profile in run.prepared.info.profiles}


def typed(*columns: tuple[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in columns]


def test_a_column_has_the_kind_that_the_user_gives(tmp_path: Path) -> None:
    usual = kinds(prepared(tmp_path))
    given = typed(("zip", "categorical"), ("when", "categorical"), ("size", "ignore"), ("code", "boolean"))
    found = kinds(prepared(tmp_path, columns=given))
    assert (usual["zip"], usual["when"], usual["size"], usual["code"]) == ("numeric", "datetime", "numeric", "numeric")
    assert (found["zip"], found["when"], found["size"], found["code"]) == (
        "categorical",
        "categorical",
        "ignored",
        "boolean",
    )


def test_the_user_decides_whether_whole_numbers_are_classes_or_values(tmp_path: Path) -> None:
    FRAME.assign(y=GENERATOR.integers(0, 5, ROWS)).to_csv(tmp_path / "rows.csv", index=False)
    tasks = [
        prepare_file(tmp_path / "rows.csv", tmp_path, data={"columns": typed(("y", kind))}).plan.task
        for kind in ("numeric", "categorical")
    ]
    assert tasks == ["regression", "multiclass"]


@pytest.mark.parametrize(
    ("words", "size", "country"),
    [(None, 0, 1), (["-99"], 1, 0), ([], 0, 0), (["-99", "NA"], 1, 1)],
    ids=["the usual words", "one of their own", "none", "two"],
)
def test_only_the_users_words_are_missing_values(
    tmp_path: Path, words: list[str] | None, size: int, country: int
) -> None:
    run = prepared(tmp_path, **({} if words is None else {"missingValues": words}))
    missing = {profile.name: profile.missing for profile in run.prepared.info.profiles}
    assert missing["size"] == size * int((FRAME["size"] == -99).sum())
    assert missing["country"] == country * int((FRAME["country"] == "NA").sum())


def test_an_impossible_kind_is_refused_with_an_example_cell(tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match=r'"country" cannot be numeric, as data\.columns says: .* for example "DE"'):
        prepared(tmp_path, columns=typed(("country", "numeric")), missingValues=[])


def test_the_plan_holds_no_cells(tmp_path: Path) -> None:
    FRAME.assign(country=GENERATOR.choice(["Łódź", "Wrocław"], ROWS)).to_csv(
        tmp_path / "rows.csv", index=False, encoding="cp1250"
    )
    run = prepare_file(tmp_path / "rows.csv", tmp_path)
    (note,) = [warning for warning in run.prepared.info.warnings if "not UTF-8" in warning.message]
    assert note.whole.endswith(('for example "Łódź"', 'for example "Wrocław"'))
    assert run.prepared.info.encoding == "cp1250"
    assert "rows.csv is not UTF-8 and is read as cp1250" in run.plan.to_json()
    assert not any(word in run.plan.to_json() for word in ("Łódź", "Wrocław"))


def test_the_users_encoding_is_used(tmp_path: Path) -> None:
    FRAME.assign(country="Plzeň").to_csv(tmp_path / "rows.csv", index=False, encoding="cp1250")
    run = prepare_file(tmp_path / "rows.csv", tmp_path, data={"encoding": "windows-1250"})
    assert run.prepared.info.encoding == "cp1250"
    assert [profile.examples for profile in run.prepared.info.profiles if profile.name == "country"] == [("Plzeň",)]


def test_large_numbers_that_are_equal_in_float64_are_left_out_for_the_true_reason(tmp_path: Path) -> None:
    columns = {"big": [10**30 + row % 7 for row in range(ROWS)], "size": FRAME["size"], "y": FRAME["y"]}
    path = tmp_path / "data"
    feather.write_feather(table_of(pd.DataFrame(columns)), path)
    (note,) = [warning for warning in prepare_file(path, tmp_path).plan.warnings if warning.column == "big"]
    assert note.message == '"big" has different values, which a model cannot tell apart, and is left out'


def test_times_that_differ_in_nanoseconds_are_left_out_for_the_true_reason(tmp_path: Path) -> None:
    times = [datetime.date(2024, 1, 1), pd.Timestamp("2024-01-01 00:00:00.000000001")] * (ROWS // 2)
    path = tmp_path / "data"
    frame = pd.DataFrame({"when": pd.Series(times, dtype=object), "size": FRAME["size"], "y": FRAME["y"]})
    feather.write_feather(table_of(frame), path)
    (note,) = [warning for warning in prepare_file(path, tmp_path).plan.warnings if warning.column == "when"]
    assert note.message == '"when" has different values, which a model cannot tell apart, and is left out'


@pytest.mark.parametrize(
    ("step", "reason"),
    [(1, "has different values, which a model cannot tell apart,"), (0, "has the same value in every row")],
)
def test_long_durations_that_a_model_cannot_tell_apart_are_not_called_constant(
    step: int, reason: str, tmp_path: Path
) -> None:
    lengths = pa.array([2**62 + step * row for row in range(ROWS)], pa.duration("us"))
    pq.write_table(pa.Table.from_pandas(FRAME).append_column("took", lengths), tmp_path / "rows.parquet")
    run = prepare_file(tmp_path / "rows.parquet", tmp_path)
    assert [warning.message for warning in run.plan.warnings if warning.column == "took"] == [
        f'"took" {reason} and is left out'
    ]


BYTES = {
    "of any length": pa.array([b"\xff\xfe", b"\xfe"] * (ROWS // 2)),
    "of one length": pa.array([b"\xff\xfe", b"\xfe\xff"] * (ROWS // 2), pa.binary(2)),
}


@pytest.mark.parametrize("values", BYTES.values(), ids=BYTES)
def test_bytes_are_reported_as_bytes(values: pa.Array, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pandas(FRAME).append_column("key", values), path)
    (note,) = [warning for warning in prepare_file(path, tmp_path).plan.warnings if warning.column == "key"]
    assert note.message == '"key" holds bytes that are not text and is left out; write it as text'
    with pytest.raises(WorkFailed, match='the target "key" holds bytes that are not text; give'):
        prepare_file(path, tmp_path, "key")
    with pytest.raises(WorkFailed, match='the groups in "key" are bytes that are not text; give'):
        prepare_file(path, tmp_path, evaluation={"groupColumn": "key"})


def test_infinite_numbers_are_no_booleans(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    FRAME.assign(flag=[0.0, 1.0, np.inf] * (ROWS // 3)).to_parquet(path)
    with pytest.raises(WorkFailed, match=r'"flag" cannot be boolean, .* for example "inf"'):
        prepare_file(path, tmp_path, data={"columns": typed(("flag", "boolean"))})


def test_the_remedy_for_times_that_are_equal_in_float32_works(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    days = pd.to_timedelta(np.where(np.arange(ROWS) == 0, 365_000 * 86_400, np.arange(ROWS) * 60), "s")
    FRAME.assign(at=(pd.Timestamp("2000-01-01").as_unit("us") + days.as_unit("us"))).to_parquet(path)
    (note,) = [warning for warning in prepare_file(path, tmp_path).plan.warnings if warning.column == "at"]
    assert note.message.endswith(
        "because features have 24 bits; if that matters, give the time since the first one as a number, or leave it out"
        " with --ignore at"
    )


def test_an_index_is_a_column_if_the_user_gives_its_kind(tmp_path: Path) -> None:
    FRAME.set_index("zip").to_parquet(tmp_path / "rows.parquet")
    run = prepare_file(tmp_path / "rows.parquet", tmp_path, data={"columns": typed(("zip", "categorical"))})
    assert kinds(run)["zip"] == "categorical"
    assert not [warning for warning in run.plan.warnings if warning.column == "zip"]


@pytest.mark.parametrize(
    ("column", "kind", "role", "words"),
    [
        ("zip", "numeric", "groupColumn", '"zip" is evaluation.groupColumn and therefore not a feature, but data.columns says that it is numeric; take it out of one of the two'),
        ("size", "categorical", "weightColumn", '"size" is evaluation.weightColumn and therefore not a feature, but data.columns says that it is categorical'),
    ],
)  # fmt: skip
def test_a_kind_for_a_column_that_is_no_feature_is_refused(
    column: str, kind: str, role: str, words: str, tmp_path: Path
) -> None:
    FRAME.assign(size=1).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(WorkFailed, match=words) as refused:
        prepare_file(
            tmp_path / "rows.csv", tmp_path, data={"columns": typed((column, kind))}, evaluation={role: column}
        )
    assert refused.value.reason == "SpecInvalid"
    ignored = {"columns": typed((column, "ignore"))}
    assert prepare_file(tmp_path / "rows.csv", tmp_path, data=ignored, evaluation={role: column}).plan.task == "binary"


def test_the_user_may_give_a_weight_the_kind_number(tmp_path: Path) -> None:
    FRAME.assign(size=2).to_csv(tmp_path / "rows.csv", index=False)
    given = {"columns": typed(("size", "numeric"))}
    run = prepare_file(tmp_path / "rows.csv", tmp_path, data=given, evaluation={"weightColumn": "size"})
    assert kinds(run)["size"] == "ignored"
