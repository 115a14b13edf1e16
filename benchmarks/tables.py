"""The example `adult` with other numbers of rows."""

from pathlib import Path

import datasets
import pandas as pd

TARGET = "class"


def adult(rows: int) -> pd.DataFrame:
    """The example with `rows` rows: a sample, or all rows and further ones drawn with replacement."""
    frame, _, _ = datasets.load("adult")
    if rows <= len(frame):
        return frame.sample(rows, random_state=0).reset_index(drop=True)
    more = frame.sample(rows - len(frame), replace=True, random_state=0)
    return pd.concat([frame, more], ignore_index=True)


def adult_csv(rows: int, folder: Path) -> Path:
    """`adult`, written to a csv file in a folder."""
    path = folder / f"adult-{rows}.csv"
    adult(rows).to_csv(path, index=False)
    return path
