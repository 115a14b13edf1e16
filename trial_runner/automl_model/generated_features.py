"""Features that formulas make of other features, such as `a / b` or a number minus its mean within a category.

The runner chooses the formulas (`automl_runner.views.generated_features`); here they are read, checked and applied.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from automl_model.checked import array, require
from automl_model.features import UNSEEN_CODE, Features, Layout

Kind = Literal["sum", "difference", "product", "quotient", "difference_from_mean", "quotient_by_mean"]
Column = NDArray[np.float32]
OF_PAIRS: dict[str, Callable[[Column, Column], Column]] = {
    "sum": np.add,
    "difference": np.subtract,
    "product": np.multiply,
    "quotient": np.divide,
}
"""Kinds that combine two numbers."""
OF_GROUPS: dict[str, Callable[[Column, Column], Column]] = {
    "difference_from_mean": np.subtract,
    "quotient_by_mean": np.divide,
}
"""Kinds that compare a number with its mean over the rows of the same category."""
MOST_FORMULAS = 500
_MOST_CHARACTERS = 1000


@dataclass(frozen=True)
class Formula:
    """The recipe of one feature.

    columns: the places of two numeric columns, or of a numeric and a categorical one.
    worth: the feature's share of all that splits explain of what a quick model leaves over, in a sample.
    """

    kind: Kind
    columns: tuple[int, int]
    name: str
    worth: float = 0.0

    def state(self) -> dict[str, Any]:
        """The formula as JSON."""
        return {"kind": self.kind, "columns": list(self.columns), "name": self.name, "worth": self.worth}

    @classmethod
    def from_state(cls, state: Any, layout: Layout) -> "Formula":
        """The formula that `state` describes. Raises ValueError for one that does not fit the layout."""
        require(isinstance(state, dict) and state.get("kind") in get_args(Kind), "a formula is of an unknown kind")
        columns, name, worth = state.get("columns"), state.get("name"), state.get("worth")
        ends = (layout.numeric, layout.numeric if state["kind"] in OF_PAIRS else len(layout.cardinalities))
        require(
            isinstance(columns, list)
            and [type(column) for column in columns] == [int, int]
            and all(0 <= column < end for column, end in zip(columns, ends, strict=True)),
            "a formula is of columns that do not exist",
        )
        require(isinstance(name, str) and 0 < len(name) <= _MOST_CHARACTERS, "a formula has no usable name")
        require(type(worth) in (int, float) and math.isfinite(worth), "a formula has no usable worth")
        return cls(state["kind"], (columns[0], columns[1]), name, float(worth))


def table_name(place: int) -> str:
    """The name of the array with the means of the formula at this place."""
    return f"means_{place}"


def read_formulas(state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], layout: Layout) -> tuple[Formula, ...]:
    """The formulas of a view. Raises ValueError for any that cannot be applied to rows of this layout."""
    listed = state.get("formulas")
    require(
        isinstance(listed, list) and len(listed) <= MOST_FORMULAS, "the generated features have no list of formulas"
    )
    formulas = tuple(Formula.from_state(formula, layout) for formula in listed or ())
    for place, formula in enumerate(formulas):
        if formula.kind in OF_GROUPS:
            means = array(arrays, table_name(place), np.float32, None)
            require(len(means) > UNSEEN_CODE, "a table of means has no value for unseen levels")
    return formulas


def generated(state: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], features: Features) -> Column:
    """The features of a view's formulas, shape (rows, formulas), NaN where a formula has no finite value."""
    formulas = read_formulas(state, arrays, features.layout)
    values = np.empty((len(features), len(formulas)), np.float32, order="F")
    for place, formula in enumerate(formulas):
        values[:, place] = value_of(formula, features, arrays.get(table_name(place)))
    return values


def value_of(formula: Formula, features: Features, means: Column | None) -> Column:
    """A formula's value for each row, NaN where it is not finite. `means`: of each level, for a kind of OF_GROUPS."""
    first, second = formula.columns
    number = features.numeric[:, first]
    if means is None:
        combine, other = OF_PAIRS[formula.kind], features.numeric[:, second]
    else:
        codes = features.codes[:, second]
        combine, other = OF_GROUPS[formula.kind], means[np.where(codes < len(means), codes, UNSEEN_CODE)]
    with np.errstate(all="ignore"):
        values = combine(number, other)
    values[~np.isfinite(values)] = np.nan
    return values
