"""Encodes columns of texts: it keeps the text, which the models that read text take apart themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.column_encoder import ColumnEncoder
from automl_model.encoding.errors import SchemaError
from automl_model.encoding.reading import Notes, say
from automl_model.encoding.texts import Texts
from automl_model.text_column import MOST_CHARACTERS, TextColumn


@dataclass(frozen=True)
class TextEncoder(ColumnEncoder):
    """A column of texts. Numbers and truth values are read as their names, and a missing value as an empty text."""

    kind: ClassVar[Literal["text"]] = "text"
    output: ClassVar[Literal["texts"]] = "texts"
    name: str

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "TextEncoder":
        """The encoder that `state` describes. Raises ValueError for a name that is no text."""
        if not isinstance(state["name"], str):
            raise ValueError("the name of a column of texts is no text")  # noqa: TRY004 - the file is wrong
        return cls(state["name"])

    def state(self) -> dict[str, Any]:
        """The encoder as JSON."""
        return {"name": self.name}

    def encode(self, column: Column, notes: Notes) -> list[TextColumn]:
        """The texts, each cut to MOST_CHARACTERS with a note. Raises SchemaError for times and lists."""
        if column.source in ("time", "other") and not column.empty:
            raise SchemaError(
                f'column "{self.name}" holds dates or lists where the model was trained on texts; turn it into text'
            )
        texts = column.spelled
        if cut := int(texts.counts[too_long(texts)].sum()):
            message = f"{cut:,} cells have more than {MOST_CHARACTERS:,} characters; only their beginning is read"
            say(notes, self.name, message)
        return [_text_column(texts)]


def too_long(texts: Texts) -> NDArray[np.bool_]:
    """For each unique text, True if it is not missing and has more characters than are kept."""
    lengths = np.asarray(pc.utf8_length(texts.uniques).fill_null(0), np.int64)
    return np.asarray((lengths > MOST_CHARACTERS) & ~texts.missing, np.bool_)


def _text_column(texts: Texts) -> TextColumn:
    uniques = pc.utf8_slice_codeunits(texts.uniques.fill_null(""), 0, MOST_CHARACTERS)
    if len(uniques) == 0:
        return TextColumn(np.zeros(0, np.uint8), *np.zeros((2, len(texts.indices)), np.int64))
    _, offsets, letters = uniques.cast(pa.large_string()).buffers()
    places = np.frombuffer(offsets, np.int64)[uniques.offset : uniques.offset + len(uniques) + 1]
    places = np.append(places, 0)
    nothing = np.append(texts.missing, True)[texts.indices]
    starts = np.where(nothing, 0, places[texts.indices])
    ends = np.where(nothing, 0, places[1:][texts.indices])
    return TextColumn(np.frombuffer(letters, np.uint8) if letters else np.zeros(0, np.uint8), starts, ends)
