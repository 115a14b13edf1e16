"""Files are read with any separator, encoding or compression; other files are refused with a message."""

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather

from automl_model.tables import ReadOptions, TableError, TableMissing, read_table

TEXT = "name,size\nZoë,1\nMüller,2\nPéter,3\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_an_encoding_is_detected(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert read_table(path).to_pydict() == {"name": ["Zoë", "Müller", "Péter"], "size": ["1", "2", "3"]}


def test_windows_quotes_and_euros_are_windows_1252(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("price,kind\n5 €,“new”\n6 €,“old”\n".encode("cp1252"))
    assert read_table(path).column("kind").to_pylist() == ["“new”", "“old”"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_a_separator_is_detected(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(separator.join(["a", "b", "c"]) + "\n" + separator.join(['"x,;|y"', "1.5", ""]) + "\n")
    assert read_table(path).to_pydict() == {"a": ["x,;|y"], "b": ["1.5"], "c": [""]}


def test_decimal_commas_are_not_taken_for_separators(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a;b\n1,5;2,5\n3,5;4,5\n")
    assert read_table(path).column_names == ["a", "b"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("blank", ["\n", "\n\n", "  \n\n \n"], ids=["one", "two", "spaces"])
def test_blank_lines_above_the_header_are_skipped(tmp_path: Path, blank: str, encoding: str, end: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes((blank + 'zip,"a ""b"\n01067,"1\n2"\n\n02625,3\n').replace("\n", end).encode(encoding))
    assert read_table(path).to_pydict() == {"zip": ["01067", "02625"], 'a "b': [f"1{end}2", "3"]}


@pytest.mark.parametrize("name", ["rows.csv.gz", "rows.csv"], ids=["named gz", "named csv"])
def test_gzip_is_detected_by_its_bytes(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(TEXT.encode()))
    assert read_table(path).num_rows == 3


def test_a_column_without_a_name_gets_the_name_that_pandas_gives(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    pd.DataFrame({"a": [1, 2]}).to_csv(path)
    assert read_table(path).column_names == list(pd.read_csv(path).columns)


@pytest.mark.parametrize("name", ["rows.parquet", "rows.feather", "rows.arrow", "rows.bin"])
def test_a_columnar_format_is_detected_by_its_bytes(tmp_path: Path, name: str) -> None:
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    path = tmp_path / name
    if name == "rows.feather":
        feather.write_feather(table, path)
    elif name == "rows.arrow":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table)
    else:
        pq.write_table(table, path)
    assert read_table(path).equals(table)


@pytest.mark.parametrize("name", ["rows.parquet.gz", "rows.arrow.gz"])
def test_a_columnar_format_may_be_gzipped(tmp_path: Path, name: str) -> None:
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    plain = tmp_path / "plain"
    if "parquet" in name:
        pq.write_table(table, plain)
    else:
        feather.write_feather(table, plain, compression="uncompressed")
    (tmp_path / name).write_bytes(gzip.compress(plain.read_bytes()))
    assert read_table(tmp_path / name).equals(table)


def test_an_index_that_pandas_wrote_is_not_a_column(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"a": [1, 2]}, index=[5, 7]).to_parquet(path)
    assert read_table(path).column_names == ["a"]


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzipped"])
def test_json_lines_are_read(tmp_path: Path, compressed: bool) -> None:
    path = tmp_path / "rows.jsonl"
    text = "".join(json.dumps({"a": number, "b": "x"}) + "\n" for number in range(3)).encode()
    path.write_bytes(gzip.compress(text) if compressed else text)
    assert read_table(path).to_pydict() == {"a": [0, 1, 2], "b": ["x"] * 3}


def test_json_values_of_mixed_types_become_texts(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1, "b": 1}\n{"a": "x"}\n{"a": true, "b": 2}\n')
    assert read_table(path).to_pydict() == {"a": ["1", "x", "true"], "b": [1, None, 2]}


def write(content: bytes | str, name: str = "rows.csv") -> dict[str, bytes | str]:
    return {name: content}


REFUSED = {
    "empty file": (write(""), "rows.csv is empty; give a file with a line of column names"),
    "blank file": (write("\n\n"), "rows.csv is empty"),
    "blank file with a mark": (write(b"\xef\xbb\xbf\r\n\r\n"), "rows.csv is empty"),
    "blank file of spaces": (write("  \n \n"), "rows.csv is empty"),
    "a mark alone": (write(b"\xef\xbb\xbf"), "rows.csv is empty"),
    "ragged below blank lines": (write("\n \na,b\n1,2\n3,4,5\n"), "rows.csv, line 5: 3 cells where the header has 2"),
    "binary file": (write(bytes(range(256)) * 20), "rows.csv is a binary file, not a table; give a csv"),
    "excel file": (write(b"PK\x03\x04 and so on", "rows.xlsx"), "is a zip or Excel file; export the table as csv or parquet"),
    "ragged, too long": (write("a,b\n1,2\n3,4,5\n6,7\n"), "rows.csv, line 3: 3 cells where the header has 2; mend the line"),
    "ragged, too short": (write("a,b,c\n1,2,3\n4,5\n"), "rows.csv, line 3: 2 cells where the header has 3"),
    "lines above the header": (write("Sales of March\n\na,b\n1,2\n"), "rows.csv, line 3: 2 cells where the header has 1; remove the lines above"),
    "a comment above the header": (write("# by hand, in May\na,b,c\n1,2,3\n"), "remove the lines above the one with the column names"),
    "ragged after a quoted line break": (write('a,b\n"x\ny",2\n3,4,5\n'), "rows.csv, line 4: 3 cells"),
    "quote never closed": (write('a,b\n1,2\n"3,4\n5,6\n'), "rows.csv, line 3: 1 cell where"),
    "unknown encoding": (write("a,b\n부산,2\n".encode("euc-kr")), "rows.csv: its encoding cannot be detected (line 2"),
    "one name twice": (write("a,b,a\n1,2,3\n"), 'rows.csv has two columns named "a"; rename one of them'),
    "endless name": (write("a" * 300 + ",b\n1,2\n"), "a column name of 300 characters"),
    "damaged parquet": (write(b"PAR1 nothing else", "rows.parquet"), "rows.parquet cannot be read as parquet"),
    "damaged gzip": (write(gzip.compress(TEXT.encode() * 99)[:-20], "rows.csv.gz"), "rows.csv.gz is gzipped and damaged"),
    "invalid json": (write('{"a": 1}\n{"a": \n', "rows.jsonl"), "rows.jsonl, line 2: not JSON"),
    "json that is not an object": (write('{"a": 1}\n[1]\n', "rows.jsonl"), "rows.jsonl, line 2: not a JSON object; write one {...} a line"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_no_table_is_refused_with_a_message(
    tmp_path: Path, files: dict[str, bytes | str], words: str
) -> None:
    ((name, content),) = files.items()
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TableError) as raised:
        read_table(tmp_path / name)
    assert words in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableMissing, match=r"there is no file rows\.csv; is the address right\?"):
        read_table(tmp_path / "rows.csv")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableMissing, match="is a folder; give one file"):
        read_table(tmp_path)


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from(",;|\t\"'\n"), max_size=8)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(CELL.filter(str.strip), min_size=2, max_size=4, unique=True),
    data=st.data(),
)
def test_any_texts_are_read_back_unchanged(tmp_path: Path, names: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(CELL, min_size=len(names), max_size=len(names)), min_size=1, max_size=6))
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows([names, *rows])
    path = tmp_path / "rows.csv"
    path.write_bytes(text.getvalue().encode())
    table = read_table(path, ReadOptions("csv"))
    assert table.column_names == names
    assert np.array_equal(np.array(list(zip(*table.to_pydict().values(), strict=True))), np.array(rows))


def test_large_whole_numbers_of_json_are_exact(tmp_path: Path) -> None:
    """As doubles the first two would be equal."""
    path = tmp_path / "rows.jsonl"
    numbers = [2**64 + 1, 2**64 + 2, 7]
    path.write_text("".join(json.dumps({"id": number, "b": 0.5}) + "\n" for number in numbers))
    assert read_table(path).to_pydict() == {"id": numbers, "b": [0.5] * 3}


@pytest.mark.parametrize("other", ['"y"', "3"], ids=["among texts", "among numbers"])
def test_a_lone_surrogate_in_json_is_refused_with_its_column(tmp_path: Path, other: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"a": "x\\ud800"}}\n{{"a": {other}}}\n')
    with pytest.raises(TableError, match=r'rows\.jsonl: "a" holds a text with half a character \(\\ud800 to \\udfff\)'):
        read_table(path)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"a":' + "[" * 100_000 + "]" * 100_000 + "}\n", id="in a line"),
        pytest.param('{"a":\n' * 100_000 + "1" + "}\n" * 100_000, id="from line to line"),
        pytest.param('{"a":"}","b":{}\n' * 100_000, id="beside a bracket in a text"),
    ],
)
def test_deep_json_is_refused_without_a_crash(tmp_path: Path, text: str) -> None:
    (tmp_path / "rows.jsonl").write_text(text)
    with pytest.raises(TableError, match=r"rows\.jsonl, line 1: "):
        read_table(tmp_path / "rows.jsonl")
