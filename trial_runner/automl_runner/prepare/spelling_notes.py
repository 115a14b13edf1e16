"""Notes on numbers that are spelled like codes or versions: 07, or 1.10 beside 1.1."""

from collections.abc import Iterator

from automl_runner.prepare.notes import note, short
from automl_runner.prepare.numbers import Numbers
from automl_runner.prepared import DataNote


def about_spelling(name: str, numbers: Numbers) -> Iterator[DataNote]:
    """Notes on a column that is read as numbers although some of its cells are spelled like codes."""
    texts = numbers.texts
    if texts is None:
        return
    if numbers.padded.any():
        rows, every = int(texts.counts[numbers.padded].sum()), len(texts.indices)
        message = (
            f"{rows:,} of {every:,} cells of {short(name)} have leading zeros, as codes have, and are read as numbers"
        )
        yield note("Repaired", message, name, texts.first(numbers.padded))
    if numbers.merged:
        message = f"{short(name)} spells some numbers in two ways, which are read as the same"
        yield note("Repaired", message, name, " and ".join(numbers.merged))


def taken_for_codes(name: str, where: str, kind: str, numbers: Numbers) -> DataNote:
    """The note on a column that is read as `kind`, because many of its numbers are spelled like codes."""
    assert numbers.texts is not None
    wrong = (
        f"and is read as {kind}, one for each spelling; say that it is numeric, or write each number in one way,"
        " if that is wrong"
    )
    if not numbers.padded.any():
        message = f"{where} spells one number in different ways {wrong}"
        return note("MixedTypes", message, name, " and ".join(numbers.merged))
    rows, every = int(numbers.texts.counts[numbers.padded].sum()), len(numbers.texts.indices)
    message = f"{where} holds numbers with leading zeros, as codes have, in {rows:,} of {every:,} cells, {wrong}"
    return note("MixedTypes", message, name, numbers.texts.first(numbers.padded))
