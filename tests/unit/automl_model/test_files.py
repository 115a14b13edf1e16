"""Files are complete or absent, and an error names a changed file."""

from pathlib import Path

import pytest

from automl_model.files import ChangedFileError, verify_manifest, write_bytes, write_manifest


def test_an_unchanged_directory_is_accepted(tmp_path: Path) -> None:
    write_bytes(tmp_path / "deep" / "a", b"1")
    digest = write_manifest(tmp_path, {"formatVersion": 1})
    assert digest.startswith("sha256:")
    assert list(verify_manifest(tmp_path)["files"]) == ["deep/a"]


@pytest.mark.parametrize(("harm", "problem"), [("change", "was changed"), ("remove", "is missing")])
def test_the_error_names_a_damaged_file(harm: str, problem: str, tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"1")
    write_manifest(tmp_path)
    if harm == "change":
        (tmp_path / "a").write_bytes(b"2")
    else:
        (tmp_path / "a").unlink()
    with pytest.raises(ChangedFileError, match=f"/a {problem}"):
        verify_manifest(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 1}'])
def test_an_invalid_manifest_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ChangedFileError, match="was changed after it was written"):
        verify_manifest(tmp_path)


def test_a_manifest_that_names_files_outside_of_its_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"files": {"../x": "sha256:0"}}')
    with pytest.raises(ChangedFileError, match="lies outside"):
        verify_manifest(tmp_path)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bytes(tmp_path / "a", b"old")

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("automl_model.files.os.fsync", fails)
    with pytest.raises(OSError, match="No space"):
        write_bytes(tmp_path / "a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"
