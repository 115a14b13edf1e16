"""The user's options for reading a file of rows; the rest is detected."""

from dataclasses import dataclass
from typing import Literal

Format = Literal["auto", "csv", "parquet", "arrow", "jsonl"]


@dataclass(frozen=True)
class ReadOptions:
    """encoding: the user's choice. usual: the training data's encoding, which is tried for a text that is not UTF-8."""

    format: Format = "auto"
    encoding: str = ""
    usual: str = ""


DETECTED = ReadOptions()
"""No option is given: everything is detected."""
