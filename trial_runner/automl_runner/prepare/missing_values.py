"""The note on words in categories that are read as missing but may be values, such as the country NA."""

from dataclasses import dataclass, field

from automl_model.encoding.texts import Texts
from automl_runner.prepare.notes import note, short
from automl_runner.prepared import DataNote

_MOST_NAMES = 5


@dataclass
class MissingValues:
    """The columns of categories that have such words, the number of their cells, and the first word."""

    names: list[str] = field(default_factory=list)
    rows: int = 0
    first: str = ""

    def add(self, name: str, texts: Texts) -> None:
        """Look at a column of categories. An empty cell does not count."""
        read = (texts.counts > 0) & texts.missing & ~texts.among(("",))
        if read.any():
            self.names.append(short(name))
            self.rows += int(texts.counts[read].sum())
            self.first = self.first or texts.first(read)

    def notes(self) -> list[DataNote]:
        """The one note on all columns; empty if no cell has such a word."""
        if not self.names:
            return []
        more = f" and {len(self.names) - _MOST_NAMES} more" if len(self.names) > _MOST_NAMES else ""
        message = (
            f"words for a missing value, in {self.rows:,} cells of {', '.join(self.names[:_MOST_NAMES])}{more}, are read as"
            " missing; set data.missingValues if they are values"
        )
        return [note("Repaired", message, cell=self.first)]
