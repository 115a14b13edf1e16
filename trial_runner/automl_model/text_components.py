"""The view `text_components` at prediction time: texts become numbers that trees can read.

Each column of texts gives its latent components (TF-IDF times the right singular vectors of training; Deerwester et al.
1990) and simple counts. They follow the numeric columns.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from automl_model.checked import Array, array, require
from automl_model.features import Features, Layout
from automl_model.terms.text_counts import COUNTS, text_counts
from automl_model.terms.tf_idf import MOST_TERMS, MOST_TEXT_COLUMNS, TfIdf, read_tf_idf

if TYPE_CHECKING:
    from automl_model.views import ViewState

_MOST_COMPONENTS = 1_000


def encoded_texts(view: "ViewState", features: Features) -> NDArray[np.float32]:
    """The columns that the view adds, shape (rows, columns)."""
    parts: list[NDArray[np.float32]] = [np.empty((len(features), 0), np.float32)]
    for place, (tf_idf, components) in enumerate(_read(view.state, view.arrays)):
        column = features.texts[place]
        blocks = [rows.times(components) for rows in tf_idf.rows(column)]
        parts += [np.concatenate([np.empty((0, components.shape[1]), np.float32), *blocks]), text_counts(column)]
    return np.concatenate(parts, axis=1)


def text_components_layout(view: "ViewState", layout: Layout) -> Layout:
    """The layout with the columns that the view adds. Raises ValueError for a state that no fit makes."""
    columns = _read(view.state, view.arrays)
    require(len(columns) == min(layout.texts, MOST_TEXT_COLUMNS), f"the view reads {len(columns)} columns of texts")
    require(sum(len(tf_idf) for tf_idf, _ in columns) <= MOST_TERMS, f"the view has more than {MOST_TERMS} terms")
    width = sum(components.shape[1] for _, components in columns)
    require(width <= _MOST_COMPONENTS, f"the view has more than {_MOST_COMPONENTS} components")
    added, names = width + len(COUNTS) * len(columns), view.state.get("names")
    require(isinstance(names, list) and len(names) == added, "the components have no names")
    require(all(isinstance(name, str) for name in names or ()), "the components have no names")
    require(view.state.get("kept") == list(range(len(layout.cardinalities))), "the view drops categories")
    return Layout(layout.numeric + added, layout.cardinalities, layout.texts)


def _read(state: dict[str, Any], arrays: dict[str, Array]) -> list[tuple[TfIdf, NDArray[np.float32]]]:
    described = state.get("terms")
    if not isinstance(described, list):
        raise ValueError("the view has no list of terms")  # noqa: TRY004 - the file is wrong, not an argument
    found = []
    for place, facts in enumerate(described):
        tf_idf = read_tf_idf(facts, arrays, f"terms_{place}")
        require(tf_idf.column == place, "the view reads its columns in another order")
        found.append((tf_idf, array(arrays, f"components_{place}", np.float32, len(tf_idf), None)))
    return found
