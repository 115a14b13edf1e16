"""Views at prediction time: a fitted state turns features into those that the fold's estimator was trained on.

A view may also change the target that learners see; then its state turns their predictions back.
The runner fits views (`automl_runner.views`); the state is JSON and arrays.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_arrays, read_facts, write_arrays, write_facts
from automl_model.checked import array, require, whole_numbers
from automl_model.features import UNSEEN_CODE, Features, Layout
from automl_model.generated_features import generated, read_formulas
from automl_model.log_target import LOG_TARGET, check_log_target, restored
from automl_model.text_components import encoded_texts, text_components_layout

_STATE = "view.json"
_ARRAYS = "view.npz"
_MOST_ENCODED = 10_000


@dataclass(frozen=True)
class ViewState:
    """A fitted view: its name, and its learned state as JSON and arrays."""

    name: str
    state: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


PLAIN = ViewState("plain")


def apply_view(view: ViewState, features: Features) -> Features:
    """The view's features of rows that it was not fitted on. Raises ValueError for a view unknown to this version."""
    if view.name not in _APPLY:
        raise ValueError(f'this version does not know the view "{view.name}"; update automl-operator')
    return _APPLY[view.name](view, features)


def layout_of(view: ViewState, layout: Layout) -> Layout:
    """The layout of the result of `apply_view`. Raises ValueError for a view that does not fit the given layout."""
    if view.name not in _LAYOUTS:
        raise ValueError(f'this version does not know the view "{view.name}"; update automl-operator')
    return _LAYOUTS[view.name](view, layout)


def adds_nothing(view: ViewState, layout: Layout) -> bool:
    """True for a view that changes nothing. Views of columns add and replace; none alters one."""
    return not changes_target(view) and layout_of(view, layout) == layout


def changes_target(view: ViewState) -> bool:
    """True for a view in which learners see another target."""
    return view.name in _RESTORE


def restore_predictions(view: ViewState, predictions: NDArray[np.float64]) -> NDArray[np.float64]:
    """An estimator's predictions on the scale of the user's target."""
    return _RESTORE[view.name](predictions, view.state) if changes_target(view) else predictions


def formula_names(view: ViewState) -> tuple[str, ...]:
    """The names of the features that formulas make, best first; none in other views."""
    return tuple(str(formula["name"]) for formula in view.state.get("formulas", ()))


def write_view(view: ViewState, directory: Path) -> None:
    """Write a view into a directory."""
    write_facts(directory / _STATE, {"name": view.name, "state": view.state})
    if view.arrays:
        write_arrays(directory / _ARRAYS, view.arrays)


def read_view(directory: Path) -> ViewState:
    """Read a view from a directory."""
    facts = read_facts(directory / _STATE)
    arrays = read_arrays(directory / _ARRAYS) if (directory / _ARRAYS).exists() else {}
    state = facts.get("state")
    require(isinstance(state, dict), f"{directory / _STATE} has no state")
    return ViewState(str(facts.get("name")), facts["state"], arrays)


def join_encoded(features: Features, encoded: NDArray[np.float32], state: dict[str, Any]) -> Features:
    """Features with the encoded columns after the numeric ones, and only the codes that `state["kept"]` lists.

    encoded: shape (rows, len(state["names"])).
    """
    kept: list[int] = state["kept"]
    numeric = np.empty((len(features), features.numeric.shape[1] + encoded.shape[1]), np.float32, order="F")
    numeric[:, : features.numeric.shape[1]] = features.numeric
    numeric[:, features.numeric.shape[1] :] = encoded
    return Features(
        numeric,
        np.asfortranarray(features.codes[:, kept]),
        features.numeric_names + tuple(state["names"]),
        tuple(features.code_names[column] for column in kept),
        tuple(features.cardinalities[column] for column in kept),
        features.texts,
        features.text_names,
        features.cycles,
    )


def join_generated(view: ViewState, features: Features) -> Features:
    """Features with the columns that the view's formulas make after the numeric ones."""
    names = [formula["name"] for formula in view.state["formulas"]]
    kept = list(range(len(features.cardinalities)))
    return join_encoded(features, generated(view.state, view.arrays, features), {"names": names, "kept": kept})


def _plain(_view: ViewState, features: Features) -> Features:
    return features


def _target_encoding(view: ViewState, features: Features) -> Features:
    parts = []
    for column in view.state["encoded"]:
        table = view.arrays[f"table_{column}"]
        codes = features.codes[:, column]
        parts.append(table[np.where(codes < len(table), codes, UNSEEN_CODE)])
    encoded = np.concatenate(parts, axis=1) if parts else np.empty((len(features), 0), np.float32)
    return join_encoded(features, encoded, view.state)


def _text_components(view: ViewState, features: Features) -> Features:
    return join_encoded(features, encoded_texts(view, features), view.state)


def _generated_layout(view: ViewState, layout: Layout) -> Layout:
    formulas = read_formulas(view.state, view.arrays, layout)
    return Layout(layout.numeric + len(formulas), layout.cardinalities, layout.texts)


def _plain_layout(_view: ViewState, layout: Layout) -> Layout:
    return layout


def _log_target_layout(view: ViewState, layout: Layout) -> Layout:
    check_log_target(view.state)
    return layout


def _target_encoding_layout(view: ViewState, layout: Layout) -> Layout:
    columns = len(layout.cardinalities)
    encoded, kept = (whole_numbers(view.state, name, columns) for name in ("encoded", "kept"))
    tables = [array(view.arrays, f"table_{column}", np.float32, None, None) for column in encoded]
    require(all(len(table) > UNSEEN_CODE for table in tables), "a table has no row for unseen levels")
    names, width = view.state.get("names"), sum(table.shape[1] for table in tables)
    require(isinstance(names, list) and len(names) == width <= _MOST_ENCODED, "the encoded columns have no names")
    require(all(isinstance(name, str) for name in names or ()), "the encoded columns have no names")
    return Layout(layout.numeric + width, tuple(layout.cardinalities[column] for column in kept), layout.texts)


_APPLY: dict[str, Callable[[ViewState, Features], Features]] = {
    "plain": _plain,
    "target_encoding": _target_encoding,
    "text_components": _text_components,
    "generated_features": join_generated,
    LOG_TARGET: _plain,
}
_LAYOUTS: dict[str, Callable[[ViewState, Layout], Layout]] = {
    "plain": _plain_layout,
    "target_encoding": _target_encoding_layout,
    "text_components": text_components_layout,
    "generated_features": _generated_layout,
    LOG_TARGET: _log_target_layout,
}
_RESTORE: dict[str, Callable[[NDArray[np.float64], dict[str, Any]], NDArray[np.float64]]] = {LOG_TARGET: restored}
