"""The notations of numbers: decimal commas, groups of thousands, a percent sign, a currency, a unit.

Training chooses one notation for a whole column, from all its values, and new rows are read with it.
Plain numbers, as programs write them, come first: "1.234" alone is 1.234. Points separate thousands only if another
value of the column cannot be read otherwise, or if a value like "980" shows that the numbers have no decimals.
A few cells may be something else, such as #DIV/0! among thousands of numbers; they have no influence on the choice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.clock import CLOCK, seconds_of
from automl_model.encoding.texts import PADDED, Texts, as_mask

ENOUGH = 0.95
"""The share of a column's cells that decides its kind; the others are read as missing, and a note says so."""
_SIGNS = "%$€£¥"
_SPACES = "[ \u00a0\u2009\u202f]"
_GROUPS = {"": "", ",": ",", ".": "[.]", " ": _SPACES, "'": "['\u2019]"}
_LIKE_A_NUMBER = re.compile(
    rf"[-+]?[{_SIGNS}]?{_SPACES}?[-+]?[.,]?\d[\d.,'\u2019:eE+\- \u00a0\u2009\u202f]*({_SPACES}?[^\d\s.,:;<>()]\S{{0,11}})?|[-+]?inf(inity)?|nan",
    re.IGNORECASE,
)
_UNIT_TEXT = r"(?:[^\W\d_]|[%‰°])[^\s\d,;:\x00-\x1f\x7f]{0,11}[23]?"
_UNIT = re.compile(rf"[-+]?[\d.,'\u2019 \u00a0\u2009\u202f]*\d[.,]?{_SPACES}?({_UNIT_TEXT})")
_LONG = r"^[+-]?\d{4}"
_UNGROUPED = r"^[+-]?[1-9]\d*$"
_GROUPED = r"[+-]?(0|[1-9]\d{0,2}([.]\d{3})*)"
_PROBES = 64


@dataclass(frozen=True)
class Notation:
    """decimal: "." or ",". group: the separator of thousands, or empty. unit: the numbers' sign or unit, or empty.

    clock: the numbers are times of day, HH:MM, which are read as seconds.
    """

    decimal: str = "."
    group: str = ""
    unit: str = ""
    clock: bool = False

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Notation":
        """The notation that `state` describes; an empty one is plain. Raises ValueError for an unknown notation."""
        found = cls(**state)
        if not _is_unit(found.unit) or replace(found, unit="") not in (_CANDIDATES if found.unit else _KINDS):
            raise ValueError(f"{dict(state)!r:.80} is not a notation of numbers")
        return found

    def state(self) -> dict[str, Any]:
        """The notation as JSON; empty for a plain one."""
        if self.clock:
            return {"clock": True}
        return {} if self == PLAIN else {"decimal": self.decimal, "group": self.group, "unit": self.unit}

    @property
    def pattern(self) -> str:
        """The pattern of numbers without their unit. Groups have three digits; the first does not start with zero."""
        if self.clock:
            return CLOCK
        group, point = _GROUPS[self.group], f"[{self.decimal}]"
        whole = rf"(\d+|[1-9]\d{{0,2}}({group}\d{{3}})+)" if group else r"\d+"
        return rf"(?i)^[+-]?(({whole}({point}\d*)?|{point}\d+)(e[+-]?\d+)?|inf|infinity)$"

    def __str__(self) -> str:
        if self.clock:
            return "colons (times of day, in seconds)"
        words = ["decimal commas"] if self.decimal == "," else []
        words += [f'"{self.group}" between thousands'] if self.group else []
        words += [f"the {'sign' if self.unit in _SIGNS else 'unit'} {self.unit}"] if self.unit else []
        return " and ".join(words) or "decimal points"


PLAIN = Notation()
CLOCK_TIMES = Notation(clock=True)
DECIMAL_COMMAS, GROUPING_COMMAS, GROUPING_POINTS = Notation(","), Notation(".", ","), Notation(",", ".")
_CANDIDATES = (
    PLAIN, DECIMAL_COMMAS, GROUPING_COMMAS, GROUPING_POINTS, Notation(".", " "), Notation(",", " "),
    Notation(".", "'"), Notation(",", "'"),
)  # fmt: skip


_KINDS = (*_CANDIDATES, CLOCK_TIMES)


def _is_unit(unit: object) -> bool:
    """True for a possible unit of a column: empty, one sign, or a text without signs."""
    if not isinstance(unit, str):
        return False
    return unit in ("", *_SIGNS) or (re.fullmatch(_UNIT_TEXT, unit) is not None and not set(unit) & set(_SIGNS))


def notation_of(texts: Texts, enough: float = ENOUGH) -> Notation | None:
    """The notation that reads the most cells; None if it does not read enough of the cells that are not missing."""
    if not texts.there.any():
        return None
    if texts.is_number[texts.there].all():
        return GROUPING_POINTS if _points_group(texts, PLAIN) else PLAIN
    probes = _probes(texts)
    if sum(_LIKE_A_NUMBER.fullmatch(probe) is not None for probe in probes) * 2 < len(probes):
        return None
    unit = _unit(probes)
    bare = _without_unit(texts.uniques, unit)
    having = as_mask(pc.invert(pc.equal(bare, texts.uniques))) if unit else np.ones(len(bare), np.bool_)
    shares = {notation: texts.share(having & _written(bare, notation)) for notation in _CANDIDATES}
    if not unit:
        shares[CLOCK_TIMES] = texts.share(_written(bare, CLOCK_TIMES))
    best = max(shares.values())
    if best < enough or best == 0:
        return None
    fitting = [notation for notation, share in shares.items() if share == best]
    # Three digits follow every comma. If commas were decimal, every number would have three decimals. So either all
    # numbers have a comma, and the readings differ by a factor that no model sees, or commas separate thousands.
    thousands = fitting[0] == DECIMAL_COMMAS and GROUPING_COMMAS in fitting and not _any_long(texts, bare)
    chosen = GROUPING_COMMAS if thousands else fitting[0]
    if chosen == PLAIN and _points_group(texts, Notation(unit=unit)):
        chosen = GROUPING_POINTS
    return chosen if chosen.clock else Notation(chosen.decimal, chosen.group, unit)


def undecided(texts: Texts, notation: Notation) -> bool:
    """True when commas are read between thousands but may be decimal commas, because every value except 0 has one."""
    if (notation.decimal, notation.group) != (".", ","):
        return False
    bare = _read_by(texts, notation)
    return bool(_written(bare, DECIMAL_COMMAS).all()) and not _matches(bare, _UNGROUPED).any()


def guessed(texts: Texts, notation: Notation) -> bool:
    """True when points are read between thousands although each number might have a decimal point."""
    if (notation.decimal, notation.group) != (",", "."):
        return False
    return bool(_written(_read_by(texts, notation), PLAIN).all())


def readings(texts: Texts, unit: str = "") -> list[Notation]:
    """The notations that read every value, for new rows that are written otherwise than in training."""
    bare = _without_unit(_values(texts), unit)
    fitting = [notation for notation in _CANDIDATES if len(bare) and _written(bare, notation).all()]
    return [Notation(notation.decimal, notation.group, unit) for notation in fitting]


def thousandths(texts: Texts, notation: Notation) -> NDArray[np.bool_]:
    """For each unique text, True if its decimals may be thousands; all False if any number's decimals cannot be."""
    point = f"[{notation.decimal}]"
    bare = _without_unit(texts.uniques, notation.unit)
    fractions = texts.there & _matches(bare, point) & _written(bare, notation)
    if not fractions.any():
        return fractions
    alike = _matches(bare, rf"^[+-]?[1-9]\d{{0,2}}{point}\d{{3}}$")
    return fractions & bool(alike[fractions].all())


def first_thousandth(values: NDArray[np.float64]) -> float | None:
    """The first typed number with three decimals, if all decimals may be thousands, as in 3.065 and 1.09; else None."""
    fractions = values[np.isfinite(values) & (values != np.floor(values))]
    short = np.round(fractions, 2) == fractions
    alike = (np.abs(fractions) >= 1) & (np.abs(fractions) < 1000) & (np.round(fractions, 3) == fractions)
    return float(fractions[~short][0]) if alike.all() and not short.all() else None


def differs(texts: Texts) -> bool:
    """True when every value is a number in some notation, though perhaps no single notation reads all of them."""
    probes = _probes(texts)
    if not probes or _LIKE_A_NUMBER.fullmatch(probes[0]) is None:
        return False
    bare = _without_unit(_values(texts), _SIGNS)
    return bool(np.logical_or.reduce([_written(bare, notation) for notation in _CANDIDATES]).all())


def lacking_unit(texts: Texts, notation: Notation, numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """For each unique text, True if it is one of the numbers but lacks the unit of the others."""
    if not notation.unit:
        return np.zeros(len(texts.uniques), np.bool_)
    bare = as_mask(pc.equal(_without_unit(texts.uniques, notation.unit), texts.uniques))
    return np.asarray(texts.there & bare & ~np.isnan(numbers), np.bool_)


def decimal_points(texts: Texts, notation: Notation) -> NDArray[np.bool_]:
    """For each unique text, True if it is read as a number with a decimal point where the others have commas."""
    if notation.decimal != "," or notation.group == ".":
        return np.zeros(len(texts.uniques), np.bool_)
    return np.asarray(texts.there & texts.is_number & as_mask(pc.match_substring(texts.uniques, ".")), np.bool_)


def padded(texts: Texts) -> NDArray[np.bool_]:
    """For each unique text, True if it has leading zeros, as codes have."""
    if not as_mask(pc.match_substring(texts.uniques, "0")).any():
        return np.zeros(len(texts.uniques), np.bool_)
    return _matches(texts.uniques, PADDED)


def read_numbers(texts: Texts, notation: Notation) -> NDArray[np.float64]:
    """The number of each unique text, else NaN. Plain numbers are read too, unless points separate thousands."""
    if notation == PLAIN:
        return texts.numbers
    if notation.clock:
        return seconds_of(texts.uniques)
    bare = _without_unit(texts.uniques, notation.unit)
    written = pc.match_substring_regex(bare, notation.pattern)
    digits = pc.replace_substring_regex(bare, _GROUPS[notation.group], "") if notation.group else bare
    digits = pc.replace_substring(digits, notation.decimal, ".")
    numbers = pc.cast(pc.if_else(written, digits, pa.scalar(None, pa.string())), pa.float64())
    values = np.asarray(numbers.fill_null(np.nan), dtype=np.float64)
    return values if notation.group == "." else np.where(as_mask(written), values, texts.numbers)


def _values(texts: Texts) -> pa.Array:
    return texts.uniques.filter(pa.array(texts.there))


def _read_by(texts: Texts, notation: Notation) -> pa.Array:
    """The values that are numbers in a notation, without their unit."""
    bare = _without_unit(_values(texts), notation.unit)
    return bare.filter(pa.array(_written(bare, notation)))


def _probes(texts: Texts) -> list[str]:
    """A sample of the values from the whole column; it is a cheap way to rule out most columns of texts."""
    places = np.flatnonzero(texts.there)
    some = places[:: max(1, len(places) // _PROBES)]
    return [str(text) for text in texts.uniques.take(pa.array(some)).to_pylist()]


def _unit(probes: list[str]) -> str:
    """The sign or unit that most values have, before or after their digits; empty if there is none."""
    found: list[str] = []
    for probe in probes:
        sign = next((sign for sign in _SIGNS if sign in probe), "")
        behind = _UNIT.fullmatch(probe)
        found.append(sign or (behind[1] if behind else ""))
    most = max(sorted(set(found)), key=found.count)
    return most if found.count(most) * 2 > len(found) and most.lower() not in ("e", "inf", "nan") else ""


def _without_unit(values: pa.Array, units: str) -> pa.Array:
    """Texts without one unit, or without one sign of `units` at either end, with a minus before or after the sign."""
    if not units:
        return values
    if units[0] not in _SIGNS:
        return pc.replace_substring_regex(values, rf"^(.*\d[.,]?){_SPACES}?{re.escape(units)}$", r"\1")
    before = pc.replace_substring_regex(values, rf"^([+-]?){_SPACES}?[{units}]{_SPACES}?", r"\1")
    return pc.replace_substring_regex(before, rf"^([^{units}]*[^{units}\s]){_SPACES}?[{units}]$", r"\1")


def _matches(values: pa.Array, pattern: str) -> NDArray[np.bool_]:
    return as_mask(pc.match_substring_regex(values, pattern))


def _written(values: pa.Array, notation: Notation) -> NDArray[np.bool_]:
    """For each text, True if it is a number in a notation."""
    return _matches(values, notation.pattern)


def _any_long(texts: Texts, bare: pa.Array) -> bool:
    """True when a number has four digits before any comma, which separators of thousands rule out."""
    return bool((_matches(bare, _LONG) & _written(bare, DECIMAL_COMMAS) & texts.there).any())


def _points_group(texts: Texts, notation: Notation) -> bool:
    """True when plain numbers are more likely written with points between thousands: 980 beside 1.234 and 12.345.

    With decimal points, all numbers but 0 would have three decimals, and 980 would not occur. Cells that are not plain
    numbers do not count.
    """
    if not all(
        re.fullmatch(_GROUPED, probe) for probe in _bare_probes(texts, notation.unit) if re.search(PLAIN.pattern, probe)
    ):
        return False
    values = _without_unit(_values(texts), notation.unit)
    read = _matches(values, f"^{_GROUPED}$")
    plain = _written(values, PLAIN) & _matches(values, r"\d")  # infinite numbers are no evidence
    grouped, short = _matches(values, r"[.]\d{3}$"), _matches(values, r"^[+-]?[1-9]\d{0,2}$")
    return bool(read[plain].all() and (grouped & read).any() and short.any())


def _bare_probes(texts: Texts, unit: str) -> list[str]:
    """The sample of the values, without their unit."""
    behind = rf"{_SPACES}?{re.escape(unit)}$" if unit else ""
    return [re.sub(behind, "", probe) if unit else probe for probe in _probes(texts)]
