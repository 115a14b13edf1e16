"""Repairable flaws in data are repaired and reported, and a run ends with a model in difficult cases."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas
import pytest

from builders.command_line import automl

QUICKLY = ("--trials", "1", "--learners", "linear")


def _flaws(generator: np.random.Generator) -> pandas.DataFrame:
    """120 rows: two without a target, a class of three rows, a class of a single row, infinite and mixed values."""
    size = generator.normal(size=120)
    kind = np.where(size > 0, "large", "small").astype(object)
    kind[[0, 1]], kind[[2, 3, 4]], kind[5] = None, "rare", "single"
    reading = size.astype(str).astype(object)
    reading[::2] = "n/k"
    width = size.copy()
    width[7] = np.inf
    return pandas.DataFrame({"size": size, "width": width, "reading": reading, "kind": kind})


def _wide(generator: np.random.Generator) -> pandas.DataFrame:
    """40 rows of 10,000 columns."""
    columns = {f"c{number}": values for number, values in enumerate(generator.normal(size=(10_000, 40)))}
    return pandas.DataFrame({**columns, "kind": np.where(columns["c0"] > 0, "large", "small")})


def _plain(generator: np.random.Generator) -> pandas.DataFrame:
    return _flaws(generator).dropna()[["size", "kind"]]


ROWS = {
    "flaws": (
        _flaws,
        ("--time", "60s", *QUICKLY),
        (
            '2 of 120 rows have no value in the target "kind" and are left out',
            'class "single" has a single row, which is trained on but never scored',
            'class "rare" has only 3 rows',
            '"width" holds 1 infinite values, read as missing',
            '"reading" ',
            "3 folds instead of ",
        ),
    ),
    "10,000 columns": (_wide, ("--time", "60s", *QUICKLY), ("there are only 40 rows",)),
    "a budget too short for one trial": (_plain, ("--time", "1s"), ()),
}


@pytest.mark.parametrize(("table", "budget", "expected"), ROWS.values(), ids=ROWS)
def test_flaws_are_repaired_and_reported(
    table: Callable[[np.random.Generator], pandas.DataFrame],
    budget: tuple[str, ...],
    expected: tuple[str, ...],
    tmp_path: Path,
) -> None:
    table(np.random.default_rng(0)).to_csv(tmp_path / "rows.csv", index=False)
    result = automl("fit", "--data", "rows.csv", "--target", "kind", *budget, "--out", "run", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    warnings = [line for line in result.stdout.splitlines() if line.startswith("warning: ")]
    for text in expected:
        assert any(text in warning for warning in warnings), f"{text} is not in {warnings}"
    assert (tmp_path / "run" / "model" / "manifest.json").exists()
