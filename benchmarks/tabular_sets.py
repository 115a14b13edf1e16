"""The tables of the comparison with other systems, and how each is split into rows to learn from and rows to score.

Ordered tables are scored on later rows and grouped ones on new groups; both splits of a table differ in their rows.
"""

import hashlib
from dataclasses import dataclass

import datasets
import pandas as pd
import report_tables
from datasets import Table
from sklearn.model_selection import GroupShuffleSplit, train_test_split

DEVELOPMENT = datasets.TABLES
"""Eight tables that decisions about the product are made on."""
REPORT = report_tables.TABLES
"""Twelve tables that are only reported on."""
ALL = DEVELOPMENT | REPORT
METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
_TEST_SHARE = 0.2


@dataclass(frozen=True)
class Split:
    """A table's rows to learn from and to score on."""

    name: str
    number: int
    table: Table
    train: pd.DataFrame
    test: pd.DataFrame

    @property
    def metric(self) -> str:
        """The metric that every system optimises."""
        return METRICS[self.table.task]

    @property
    def digest(self) -> str:
        """A fingerprint of all rows, so that results of other rows are never reused."""
        digest = hashlib.sha256()
        for part in (self.train, self.test):
            digest.update(pd.util.hash_pandas_object(part, index=False).to_numpy().tobytes())
        return digest.hexdigest()[:16]


def split(name: str, number: int) -> Split:
    """The split of a table; `number` counts from 0."""
    table = ALL[name]
    frame = table.read()
    frame = frame[frame[table.target].notna()].reset_index(drop=True)
    train, test = _parts(frame, table, number)
    if table.task != "regression":
        # A class without a row to learn from has no probability to be scored.
        test = test[test[table.target].isin(train[table.target].unique())]
    return Split(name, number, table, train.reset_index(drop=True), test.reset_index(drop=True))


def _parts(frame: pd.DataFrame, table: Table, number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    if table.time:
        ordered = frame.sort_values(table.time, kind="stable")
        end = round(len(ordered) * (1 - number * _TEST_SHARE))
        begin = end - round(len(ordered) * _TEST_SHARE)
        return ordered.iloc[:begin], ordered.iloc[begin:end]
    if table.group:
        groups = GroupShuffleSplit(1, test_size=_TEST_SHARE, random_state=number)
        train, test = next(groups.split(frame, groups=frame[table.group]))
        return frame.iloc[train], frame.iloc[test]
    classes = None if table.task == "regression" else frame[table.target]
    train, test = train_test_split(frame, test_size=_TEST_SHARE, random_state=number, stratify=classes)
    return train, test
