"""A column of texts shares its bytes with all its parts."""

import numpy as np

from automl_model.text_column import TextColumn


def test_some_rows_share_the_bytes_of_all() -> None:
    column = TextColumn.of(["a", "", "ccc", "日本"])
    some = column.take(np.array([3, 0, 1]))
    assert some.texts() == ["日本", "a", ""]
    assert some.buffer is column.buffer
    assert (some.bytes, column.bytes) == (7, 10)


def test_blocks_are_bounded_by_rows_and_bytes() -> None:
    column = TextColumn.of(["aa", "b", "c" * 100, "d", "e", "f"])
    assert [block.texts() for block in column.blocks(3, 2)] == [["aa", "b"], ["c" * 100], ["d", "e"], ["f"]]
    assert list(TextColumn.of([]).blocks(3, 2)) == []


def test_rows_with_the_same_text_are_told_from_others() -> None:
    shared = TextColumn(np.frombuffer(b"ab", np.uint8), np.array([0, 0, 1, 0]), np.array([1, 1, 2, 0]))
    assert shared.identities.tolist() == [0, 0, 1, -1]
    assert not shared.constant
    assert shared.take(slice(0, 2)).constant


def test_broken_bytes_become_replacement_characters() -> None:
    column = TextColumn(np.frombuffer(b"a\xff", np.uint8), np.array([0]), np.array([2]))
    assert column.texts() == ["a\ufffd"]
