"""Notes on the notation of dates: an undecided order of day and month, years of two digits, and time zones."""

from collections.abc import Iterator

from automl_model.encoding.texts import Texts
from automl_model.encoding.times import day_or_month, first_of_two, read_times
from automl_runner.prepare.notes import note, short
from automl_runner.prepare.time_notes import about_times
from automl_runner.prepared import DataNote


def about_format(name: str, texts: Texts, found: str) -> Iterator[DataNote]:
    """Notes on a column that is read in a format: undecided dates like 05/06/2024, years, and zones."""
    if day_or_month(texts, found):
        message = (
            f"{short(name)} holds dates that may put the month or the day first, and none of them decides; the"
            f" {first_of_two(found)} is read first: write them as 2024-01-31 if that is wrong"
        )
        yield note("Repaired", message, name)
    yield from about_times(name, texts, found, read_times(texts, found))
