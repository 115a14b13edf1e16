"""Addresses lead to files, and what they lead to when there is nothing is said in words."""

from pathlib import Path

import pytest

from automl_api.resources.experiment import DataSpec
from automl_runner.data import load
from automl_runner.failures import WorkFailed


def test_a_file_is_named_shortly(tmp_path: Path) -> None:
    (tmp_path / "my rows.csv").write_text("a,b\n1,2\n")
    loaded = load(DataSpec(uri=f"file:{tmp_path}/my%20rows.csv"))
    assert (loaded.name, loaded.table.num_rows) == ("my rows.csv", 1)


def test_a_claim_is_read_where_it_is_mounted(tmp_path: Path) -> None:
    (tmp_path / "shop" / "2024").mkdir(parents=True)
    (tmp_path / "shop" / "2024" / "rows.csv").write_text("a,b\n1,2\n")
    assert load(DataSpec(uri="pvc://shop/2024/rows.csv"), tmp_path).table.column_names == ["a", "b"]


def test_the_example_is_there() -> None:
    loaded = load(DataSpec(uri="example:adult"))
    assert (loaded.name, loaded.table.num_rows) == ("example:adult", 48_842)


def test_the_format_may_be_given(tmp_path: Path) -> None:
    (tmp_path / "rows.txt").write_text('{"a": 1}\n')
    assert load(DataSpec(uri=f"file:{tmp_path}/rows.txt", format="jsonl")).table.to_pydict() == {"a": [1]}


NOWHERE = {
    "no such file": ("file:/nowhere/rows.csv", "DataMissing", "there is no file rows.csv; is the address right? (/nowhere/rows.csv)"),
    "no such claim": ("pvc://shop/rows.csv", "DataMissing", "there is no file pvc://shop/rows.csv"),
    "out of the claim": ("pvc://shop/../other/rows.csv", "DataMissing", "leads out of its claim"),
    "a bucket": ("s3://bucket/rows.csv", "DataMissing", "s3://bucket/rows.csv: data in a bucket is read from version 0.2 on"),
    "no such example": ("example:adlut", "DataMissing", 'there is no example:adlut. Did you mean "adult"? There is: example:adult'),
    "no address": ("rows.csv", "SpecInvalid", '"rows.csv" is no address of data'),
}  # fmt: skip


@pytest.mark.parametrize(("uri", "reason", "words"), NOWHERE.values(), ids=NOWHERE)
def test_an_address_that_leads_nowhere_is_explained(tmp_path: Path, uri: str, reason: str, words: str) -> None:
    with pytest.raises(WorkFailed) as raised:
        load(DataSpec.model_construct(uri=uri, format="auto"), tmp_path)
    assert (raised.value.failure_class, raised.value.reason) == ("program", reason)
    assert words in raised.value.message
