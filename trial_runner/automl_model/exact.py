"""The bound up to which float64 holds whole numbers exactly: what is beyond it is read in other ways."""

from typing import Final

EXACT: Final = 2.0**53
"""Every whole number up to here has a double of its own."""
