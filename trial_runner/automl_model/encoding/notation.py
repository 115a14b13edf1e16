"""How a column writes its numbers: with decimal commas, groups of thousands, a sign of percent or a currency.

One notation for a whole column, decided in training by all its values and kept, so that new rows are read alike.
Plain numbers, as programs write them, come first: "1.234" alone is 1.234, and points part thousands only where
another value of the column cannot be read otherwise.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.texts import Texts, as_mask

_UNITS = "%$€£¥"
_SPACES = "[ \u00a0\u2009\u202f]"
_GROUPS = {"": "", ",": ",", ".": "[.]", " ": _SPACES, "'": "['\u2019]"}
_LIKE_A_NUMBER = re.compile(rf"[-+0-9.,'\u2019 \u00a0\u2009\u202feEinftyINFTY{_UNITS}]*")
_LONG = r"^[+-]?\d{4}"
_UNGROUPED = r"^[+-]?[1-9]\d*$"


@dataclass(frozen=True)
class Notation:
    """`decimal`: "." or ","; `group`: what parts thousands, or nothing; `unit`: the sign of all values, or nothing."""

    decimal: str = "."
    group: str = ""
    unit: str = ""

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Notation":
        """Read back what `state` said; nothing is plain."""
        return cls(**state)

    def state(self) -> dict[str, str]:
        """The notation as JSON; nothing for a plain one."""
        return {} if self == PLAIN else {"decimal": self.decimal, "group": self.group, "unit": self.unit}

    @property
    def pattern(self) -> str:
        """What a number looks like without its unit. Groups are of three digits, and the first starts with no zero."""
        group, point = _GROUPS[self.group], f"[{self.decimal}]"
        whole = rf"(\d+|[1-9]\d{{0,2}}({group}\d{{3}})+)" if group else r"\d+"
        return rf"(?i)^[+-]?(({whole}({point}\d*)?|{point}\d+)(e[+-]?\d+)?|inf|infinity)$"

    def __str__(self) -> str:
        words = ["decimal commas"] if self.decimal == "," else []
        words += [f'"{self.group}" between thousands'] if self.group else []
        words += [f"the sign {self.unit}"] if self.unit else []
        return " and ".join(words) or "decimal points"


PLAIN = Notation()
_DECIMAL_COMMAS, _GROUPING_COMMAS = Notation(","), Notation(".", ",")
_CANDIDATES = (
    PLAIN, _DECIMAL_COMMAS, _GROUPING_COMMAS, Notation(",", "."), Notation(".", " "), Notation(",", " "),
    Notation(".", "'"), Notation(",", "'"),
)  # fmt: skip


def notation_of(texts: Texts) -> Notation | None:
    """The notation that reads every value that is not missing; None where there is none, or not one for all."""
    values = _values(texts)
    if not len(values):
        return None
    if texts.is_number[_there(texts)].all():
        return PLAIN
    if not _likely(values):
        return None
    unit = _unit(values)
    bare = _without_unit(values, unit)
    fitting = [one for one in _CANDIDATES if _written(bare, (one,))]
    if not fitting:
        return None
    # "1,234" and nothing else: were the comma decimal, three places would stand behind every number, so that either
    # all have a comma, and the two readings differ by a factor that no model sees, or it parts thousands.
    thousands = fitting[0] == _DECIMAL_COMMAS and _GROUPING_COMMAS in fitting and not _any_long(bare)
    chosen = _GROUPING_COMMAS if thousands else fitting[0]
    return Notation(chosen.decimal, chosen.group, unit)


def undecided(texts: Texts, notation: Notation) -> bool:
    """Whether the commas that are read between thousands might as well be decimal ones: all values but 0 have one."""
    if (notation.decimal, notation.group) != (".", ","):
        return False
    bare = _without_unit(_values(texts), notation.unit)
    return _written(bare, (_DECIMAL_COMMAS,)) and not as_mask(pc.match_substring_regex(bare, _UNGROUPED)).any()


def differs(texts: Texts) -> bool:
    """Whether every value is a number in some notation: where none reads them all, they are written differently."""
    values = _values(texts)
    return _likely(values) and _written(_without_unit(values, _UNITS), _CANDIDATES)


def read_numbers(texts: Texts, notation: Notation) -> NDArray[np.float64]:
    """For each unique the number that it is, NaN where it is none; plain numbers are read too, unless points group."""
    if notation == PLAIN:
        return texts.numbers
    bare = _without_unit(texts.uniques, notation.unit)
    written = pc.match_substring_regex(bare, notation.pattern)
    digits = pc.replace_substring_regex(bare, _GROUPS[notation.group], "") if notation.group else bare
    digits = pc.replace_substring(digits, notation.decimal, ".")
    numbers = pc.cast(pc.if_else(written, digits, pa.scalar(None, pa.string())), pa.float64())
    values = np.asarray(numbers.fill_null(np.nan), dtype=np.float64)
    return values if notation.group == "." else np.where(as_mask(written), values, texts.numbers)


def rows_of_numbers(texts: Texts) -> NDArray[np.float64]:
    """For each row its number, in the notation of the column."""
    return texts.spread(read_numbers(texts, notation_of(texts) or PLAIN), np.nan)


def _there(texts: Texts) -> NDArray[np.bool_]:
    return np.asarray((texts.counts > 0) & ~texts.placeholder, np.bool_)


def _values(texts: Texts) -> pa.Array:
    return texts.uniques.filter(pa.array(_there(texts)))


def _likely(values: pa.Array) -> bool:
    """Whether the first value is made of what numbers are made of; most columns of texts end here, cheaply."""
    return len(values) > 0 and _LIKE_A_NUMBER.fullmatch(values[0].as_py()) is not None


def _unit(values: pa.Array) -> str:
    """The one sign that every value has, before its digits or behind them."""
    first = values[0].as_py()
    found = next((unit for unit in _UNITS if unit in first), "")
    return found if found and as_mask(pc.match_substring(values, found)).all() else ""


def _without_unit(values: pa.Array, units: str) -> pa.Array:
    """Texts without one sign out of `units`, at either end, the minus before it or behind it."""
    if not units:
        return values
    before = pc.replace_substring_regex(values, rf"^([+-]?){_SPACES}?[{units}]{_SPACES}?", r"\1")
    return pc.replace_substring_regex(before, rf"^([^{units}]*[^{units}\s]){_SPACES}?[{units}]$", r"\1")


def _written(values: pa.Array, notations: tuple[Notation, ...]) -> bool:
    """Whether each text is a number in one of some notations."""
    readable = np.zeros(len(values), np.bool_)
    for notation in notations:
        readable |= as_mask(pc.match_substring_regex(values, notation.pattern))
    return bool(readable.all())


def _any_long(values: pa.Array) -> bool:
    """Whether four digits stand together before any comma, which they do not between thousands."""
    return bool(as_mask(pc.match_substring_regex(values, _LONG)).any())
