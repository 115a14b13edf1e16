"""What the user says of a file of rows; what is not said is detected."""

from dataclasses import dataclass
from typing import Literal

Format = Literal["auto", "csv", "parquet", "arrow", "jsonl"]


@dataclass(frozen=True)
class ReadOptions:
    """`encoding` is the user's word; `usual` is that of the training data, for a text that is not UTF-8."""

    format: Format = "auto"
    encoding: str = ""
    usual: str = ""


DETECTED = ReadOptions()
"""Nothing was said: all is detected."""
