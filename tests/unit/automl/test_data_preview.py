"""A typo in a column's name is reported at once, whatever the file's format."""

import gzip
from pathlib import Path

import pandas
import pytest

from automl.data_preview import check_columns, check_file, column_names
from automl.errors import UserError

LINE = "age,churn,cancel date\n1,2,3\n"


def _write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("my.csv", LINE.encode(), id="commas"),
        pytest.param("my.csv", LINE.replace(",", ";").encode(), id="semicolons"),
        pytest.param("my.tsv", LINE.replace(",", "\t").encode(), id="tabs"),
        pytest.param("my.csv", b"\xef\xbb\xbf" + LINE.encode(), id="a byte order mark"),
        pytest.param("my.csv", LINE.replace("age", "Größe").encode("cp1252"), id="an old encoding"),
        pytest.param("my.csv", b'"age","churn","cancel date"\r\n1,2,3\r\n', id="quotes"),
        pytest.param("my.csv", b"age, churn ,cancel date", id="spaces and no line end"),
        pytest.param("my.csv", b"\n\n" + LINE.encode(), id="blank lines above"),
        pytest.param("my.csv", b"\xef\xbb\xbf\r\n  \r\n" + LINE.encode(), id="a mark and blank lines"),
        pytest.param("my.csv", b"\n" + LINE.replace("age", "Gr\xf6\xdfe").encode("cp1252"), id="an old encoding below"),
        pytest.param("my.csv.gz", gzip.compress(LINE.encode()), id="gzipped"),
    ],
)
def test_the_error_names_the_similar_column(name: str, content: bytes, tmp_path: Path) -> None:
    path = _write(tmp_path, name, content)
    check_columns(path, name, ("churn", "cancel date"))
    with pytest.raises(UserError) as error:
        check_columns(path, name, ("chrun",))
    assert str(error.value) == f'{name} has no column "chrun". Did you mean "churn"?'


@pytest.mark.parametrize("encoding", ["cp1250", "cp1252"])
def test_a_name_that_depends_on_the_encoding_is_left_to_prepare(encoding: str, tmp_path: Path) -> None:
    path = _write(
        tmp_path,
        "my.csv",
        "Größe,kůň,b\n1,2,3\n".replace("kůň", "x" if encoding == "cp1252" else "kůň").encode(encoding),
    )
    check_columns(path, "my.csv", ("kůň", "Größe", "b"))


def test_the_columns_of_a_parquet_file_are_read_from_its_footer(tmp_path: Path) -> None:
    path = tmp_path / "my.parquet"
    pandas.DataFrame({"age": [1], "churn": [2]}).to_parquet(path)
    with pytest.raises(UserError, match='Did you mean "churn"'):
        check_columns(path, "my.parquet", ("chrun",))


def test_without_a_similar_name_the_columns_are_listed(tmp_path: Path) -> None:
    path = _write(tmp_path, "my.csv", LINE.encode())
    with pytest.raises(UserError, match='Its columns are "age", "churn", "cancel date"'):
        check_columns(path, "my.csv", ("zzz",))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("my.csv", LINE.encode("utf-16"), id="utf-16"),
        pytest.param("my.csv", b"\r\n\n  \n", id="blank lines"),
        pytest.param("my.csv", b"\xef\xbb\xbf", id="a byte order mark alone"),
        pytest.param("my.csv.gz", b"\x1f\x8bnonsense", id="a broken archive"),
        pytest.param("my.parquet", b"PAR1nonsense", id="a broken parquet file"),
        pytest.param("my.jsonl", b'{"age": 1}\n', id="json lines"),
    ],
)
def test_an_undecidable_file_is_left_to_prepare(name: str, content: bytes, tmp_path: Path) -> None:
    path = _write(tmp_path, name, content)
    assert column_names(path) == ()
    check_columns(path, name, ("chrun",))


def test_a_file_must_exist_and_not_be_empty(tmp_path: Path) -> None:
    _write(tmp_path, "empty.csv", b"")
    for name, words in (("empty.csv", "is empty"), ("missing.csv", "there is no file"), (".", "is a folder")):
        with pytest.raises(UserError, match=words):
            check_file(tmp_path / name, name)
