"""Text files are decoded correctly, or a note names the assumed encoding, or the file is refused."""

import gzip
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl_model.tables import FileRead, ReadOptions, TableError, read_file

GERMAN = ("Größe", "Straße", "Köln", "München")
FRENCH = ("créée", "élève", "garçon", "naïf", "où")
SPANISH = ("España", "niño", "canción")
POLISH = ("Łódź", "Kraków", "Gdańsk", "Wrocław")
CZECH = ("Plzeň", "České Budějovice", "příliš", "žlutý kůň")
HUNGARIAN = ("Győr", "Pécs", "Székesfehérvár")
TURKISH = ("Muğla", "Eskişehir", "çiçek", "İzmir")
RUSSIAN = ("Москва", "Новосибирск", "любовь")
GREEK = ("Αθήνα", "Πάτρα", "καλημέρα")
JAPANESE = ("東京タワー", "カタカナ", "ひらがな", "日本語のテスト")
CHINESE = ("北京", "上海", "中文名字")
SYMBOLS = ("5 €", "Šimon", "“new”", "20 °C", "m³")

DETECTED = {
    "German, Windows": (GERMAN, "cp1252"),
    "German, Latin-1": (GERMAN, "latin-1"),
    "German, Mac": (GERMAN, "mac_roman"),
    "German, DOS": (GERMAN, "cp850"),
    "German, one name": (GERMAN[:1], "cp1252"),
    "French": (FRENCH, "cp1252"),
    "French, one word": (FRENCH[:1], "cp1252"),
    "Spanish": (SPANISH, "cp1252"),
    "Polish, Windows": (POLISH, "cp1250"),
    "Polish, one name": (POLISH[:1], "cp1250"),
    "Polish, Latin-2": (POLISH, "iso8859-2"),
    "Czech": (CZECH, "cp1250"),
    "Hungarian": (HUNGARIAN, "cp1250"),
    "Turkish": (TURKISH, "cp1254"),
    "Russian, Windows": (RUSSIAN, "cp1251"),
    "Russian, one name": (RUSSIAN[:1], "cp1251"),
    "Russian, KOI8": (RUSSIAN, "koi8-r"),
    "Greek": (GREEK, "cp1253"),
    "Japanese": (JAPANESE, "shift-jis"),
    "Chinese": (CHINESE, "gb18030"),
    "symbols, Windows": (SYMBOLS, "cp1252"),
    "euros, Latin-9": (("5 €", "Šimon", "œuvre"), "iso8859-15"),
}


def written(path: Path, cells: tuple[str, ...], encoding: str) -> Path:
    path.write_bytes(("name,size\n" + "".join(f"{cell},1\n" for cell in cells)).encode(encoding))
    return path


def names(read: FileRead) -> list[str]:
    return list(read.table.column("name").to_pylist())


@pytest.mark.parametrize(("cells", "encoding"), DETECTED.values(), ids=DETECTED)
def test_an_encoding_is_detected_and_a_note_names_it(tmp_path: Path, cells: tuple[str, ...], encoding: str) -> None:
    read = read_file(written(tmp_path / "rows.csv", cells, encoding))
    assert names(read) == list(cells)
    (note,) = read.notes
    assert note.startswith(f"rows.csv is not UTF-8 and is read as {read.encoding.codec} (for example ")
    assert "if that is wrong, set data.encoding" in note


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_certain_encoding_needs_no_note(tmp_path: Path, encoding: str) -> None:
    assert read_file(written(tmp_path / "rows.csv", GERMAN, encoding)).notes == ()


def test_one_name_in_row_40000_decides(tmp_path: Path) -> None:
    """The many names before it read the same in cp1252."""
    cells = ("Köln", "plain") * 20_000 + ("Łódź",)
    read = read_file(written(tmp_path / "rows.csv", cells, "cp1250"))
    assert (read.encoding.codec, names(read)[-1]) == ("cp1250", "Łódź")


def test_the_note_names_other_possible_encodings(tmp_path: Path) -> None:
    read = read_file(written(tmp_path / "rows.csv", ("España",), "cp1252"))
    assert '(for example "España"); if that is wrong, set data.encoding (it may be cp1250' in read.notes[0]


def test_an_undecidable_encoding_is_refused_with_the_possible_ones(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.csv", ("부산",), "euc-kr")
    with pytest.raises(TableError, match=r"line 2 is not UTF-8; it may be gb18030, big5, cp949\); save it as UTF-8"):
        read_file(path)


def test_the_user_decides_the_encoding(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.csv", ("부산", "서울"), "euc-kr")
    read = read_file(path, ReadOptions(encoding="EUC-KR"))
    assert (names(read), read.encoding.codec, read.notes) == (["부산", "서울"], "euc_kr", ())


@pytest.mark.parametrize("encoding", ["utf8mb4", "base64", "rot13", "punycode", "undefined", "hex", "a\0b"])
def test_an_unknown_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path / "rows.csv", GERMAN, "cp1252")
    with pytest.raises(TableError, match=r"is not an encoding that Python knows; give data\.encoding as utf-8, cp1252"):
        read_file(path, ReadOptions(encoding=encoding))


def test_the_error_for_a_wrong_given_encoding_names_the_line(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.csv", ("plain", "Größe"), "cp1252")
    with pytest.raises(TableError, match=r"rows\.csv, line 3: this is not utf-8; give another data\.encoding"):
        read_file(path, ReadOptions(encoding="utf-8"))


def test_new_rows_are_read_in_the_encoding_of_the_training_data(tmp_path: Path) -> None:
    read = read_file(written(tmp_path / "rows.csv", ("Plzeň",), "cp1250"), ReadOptions(usual="cp1250"))
    assert names(read) == ["Plzeň"]
    assert "is read as cp1250" in read.notes[0], "it would be taken for cp1252, which needs a note"


def test_there_is_no_note_if_both_encodings_read_the_same(tmp_path: Path) -> None:
    assert read_file(written(tmp_path / "rows.csv", GERMAN, "cp1252"), ReadOptions(usual="cp1250")).notes == ()


@pytest.mark.parametrize("usual", ["utf-16", "utf-8-sig", "rot13", "zlib", "no such thing"])
def test_an_impossible_encoding_of_the_training_data_is_not_tried(tmp_path: Path, usual: str) -> None:
    assert names(read_file(written(tmp_path / "rows.csv", GERMAN, "cp1252"), ReadOptions(usual=usual))) == list(GERMAN)


def test_another_encoding_is_detected_if_the_one_of_training_cannot_read_the_rows(tmp_path: Path) -> None:
    read = read_file(written(tmp_path / "rows.csv", POLISH, "cp1250"), ReadOptions(usual="ascii"))
    assert names(read) == list(POLISH)
    assert len(read.notes) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp1250"])
def test_the_encoding_of_json_lines_is_detected_too(tmp_path: Path, encoding: str) -> None:
    cells = POLISH if encoding == "cp1250" else GERMAN
    text = "".join(json.dumps({"name": cell, "size": 1}, ensure_ascii=False) + "\n" for cell in cells)
    (tmp_path / "rows.jsonl").write_bytes(gzip.compress(text.encode(encoding)))
    read = read_file(tmp_path / "rows.jsonl")
    assert names(read) == list(cells)
    assert bool(read.notes) == (not encoding.startswith("utf"))


ALPHABET = st.sampled_from("abc,;\n\"' ")
HOSTILE = st.one_of(
    st.binary(max_size=80),
    st.text(ALPHABET | st.characters(exclude_categories=["Cs"]), max_size=40).map(lambda text: text.encode("utf-16")),
    st.tuples(st.sampled_from(["cp1252", "cp1250", "koi8-r", "cp932", "gb18030"]), st.text(max_size=40)).map(
        lambda pair: pair[1].encode(pair[0], errors="replace")
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=HOSTILE, name=st.sampled_from(["rows.csv", "rows.jsonl"]), usual=st.sampled_from(["", "cp1250", "utf-16"])
)
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, name: str, usual: str) -> None:
    (tmp_path / name).write_bytes(b"a,b\n1," + content if name == "rows.csv" else b'{"a": "' + content + b'"}\n')
    with suppress(TableError):
        read = read_file(tmp_path / name, ReadOptions(usual=usual))
        assert read.encoding.codec
        assert bool(read.notes) or read.encoding.codec.startswith("utf") or usual


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.sampled_from([*GERMAN, *FRENCH, *SPANISH, *SYMBOLS]), min_size=1, max_size=12))
def test_mixed_western_texts_are_decoded_correctly(tmp_path: Path, cells: list[str]) -> None:
    read = read_file(written(tmp_path / "rows.csv", tuple(cells), "cp1252"))
    assert names(read) == cells
