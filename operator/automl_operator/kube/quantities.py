"""Quantities as Kubernetes writes them: `500m`, `4Gi`, `1e9`."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

QUANTITY_PATTERN: Final = r"^([0-9]{1,18}(?:\.[0-9]{1,9})?)(m|k|[MGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?$"
_QUANTITY = re.compile(QUANTITY_PATTERN)
_FACTORS: Final[Mapping[str, Decimal]] = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", start=1)},
}


def parse_quantity(text: str) -> Decimal:
    """The number that a quantity stands for. Raises ValueError, with examples, when the text is not a quantity."""
    found = _QUANTITY.fullmatch(text)
    if not found:
        raise ValueError(f'"{text}" is not a quantity; write for example 2, 500m or 4Gi')
    number, suffix = found.groups(default="")
    factor = _FACTORS.get(suffix)
    return Decimal(number + suffix) if factor is None else Decimal(number) * factor
