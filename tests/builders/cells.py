"""Cells of columns that tables of smallest inputs have in common."""

from typing import Any

POINTS, COMMAS, KILOS = ([f"{n}{end}" for n in range(40)] for end in (".5", ",5", ".5 kg"))
ID = 2**62


def often(*cells: Any) -> list[Any]:
    """Cells in rows enough to be levels."""
    return list(cells) * 4
