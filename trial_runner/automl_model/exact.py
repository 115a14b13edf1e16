"""The bound up to which float64 holds whole numbers exactly; larger numbers are read in other ways."""

from typing import Final

EXACT: Final = 2.0**53
"""float64 holds every whole number up to here exactly."""
