"""Warnings about rows and classes."""

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import RARE_CLASS_METRIC, Task
from automl_runner.prepare.encode import EncodedTable
from automl_runner.prepare.notes import note
from automl_runner.prepare.row_hashes import row_hashes
from automl_runner.prepare.target import Target
from automl_runner.prepared import DataNote

_WORTH_SAYING = 0.01
_IMBALANCED = 0.05
_RARE = 10
_UNCERTAIN = 100
_FEW_ROWS = 100


def row_warnings(table: EncodedTable, target: Target, metric: str) -> list[DataNote]:
    """Warnings about few rows, duplicate rows, rare classes and imbalance."""
    rows = len(target.values)
    warnings = []
    if rows < _FEW_ROWS:
        message = f"there are only {rows} rows; scores will be uncertain, and more rows would help more than more time"
        warnings.append(note("FewRows", message))
    if (twice := _duplicates(table, target.values)) > _WORTH_SAYING * rows:
        message = (
            f"{twice:,} of {rows:,} rows repeat an earlier row; if they are copies and not coincidences, copies in"
            " different folds make scores too good: remove them, or keep them together with evaluation.groupColumn"
        )
        warnings.append(note("DuplicateRows", message))
    return warnings + _class_warnings(target.classes, target.counts, target.task, metric)


def _class_warnings(classes: tuple[str, ...], counts: tuple[int, ...], task: Task, metric: str) -> list[DataNote]:
    rows = sum(counts)
    warnings = []
    for name, count in zip(classes, counts, strict=True):
        if count == 1:
            message = (
                f'class "{name[:80]}" has a single row, which is trained on but never scored; give more rows of it'
            )
        elif count < _RARE:
            message = f'class "{name[:80]}" has only {count} rows; give more rows of it, or join it with another class'
        else:
            continue
        warnings.append(note("RareClass", message))
    if task == "binary" and min(counts) < _IMBALANCED * rows:
        rare = int(np.argmin(counts))
        closer = f"; --metric {RARE_CLASS_METRIC} looks at them more closely"
        remedy = "" if metric == RARE_CLASS_METRIC else closer
        few = counts[rare] < _UNCERTAIN
        share = f"{counts[rare]:,} of {rows:,} rows" if few else f"{counts[rare] / rows:.2%} of the rows"
        message = f'only {share} are "{classes[rare][:80]}"{"; scores will be uncertain" if few else ""}{remedy}'
        warnings.append(note("Imbalance", message))
    return warnings


def _duplicates(table: EncodedTable, target: NDArray[np.float64] | NDArray[np.int32]) -> int:
    """The number of rows equal to an earlier one in all encoded columns and the target."""
    identities = [texts.identities.view(np.uint64) for texts in table.texts]
    hashes = row_hashes([*table.numeric, *table.codes], target, identities)
    return len(hashes) - len(np.unique(hashes))
