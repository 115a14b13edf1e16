"""A linear model on the words of texts, and on the other columns: on texts it is fast, and hard to beat.

Each column of texts becomes TF-IDF of its words and pairs of words, and of the characters inside words where the texts
are not too long for that. The other columns enter as in the learner `linear`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from automl_api.base import Scalar
from automl_api.resources.search_space import Parameter
from automl_model.estimators.text_linear_model import TextLinearModel
from automl_model.estimators.waves import WAVES
from automl_model.terms.tf_idf import MOST_TERMS, MOST_TEXT_COLUMNS
from automl_runner.learners.learner import Descriptor, FitContext, Fitted, Learner, Shape, TrainingSet
from automl_runner.learners.shared.parameters import choice, clip, outputs_of, real, resolve, whole
from automl_runner.learners.shared.threads import one_core

if TYPE_CHECKING:
    from automl_model.features import Features
    from automl_model.terms.ngrams import Analyser
    from automl_model.terms.tf_idf import TfIdf
    from automl_runner.learners.shared.linear_design import DesignLayout
    from automl_runner.learners.shared.term_fitting import TermChoice

MOST_VALUES = 1 << 24
"""The values of a fit's matrix of terms, about."""
_FEWEST_ROWS = 50_000
"""Only tables with more rows are sampled."""
_MOST_WEIGHTS = 1 << 21
_SKEW_THRESHOLD = 0.99
_WORDS_A_BYTE, _PAIRS_A_BYTE, _CHARACTERS_A_BYTE = 0.1, 0.25, 0.9
"""The values of the matrix for a byte of text, about: of words, of words and pairs, of runs of characters."""
_BYTES_OF_DEFAULT, _BYTES_OF_SPACE = 4_000_000, 40_000_000
"""The most bytes of text for which characters count by default, and may count."""
_MOST_STEPS = 500_000_000
"""Bounds the passes of a fit over its rows, times values, times outputs. There are at least 10 passes, at most 300."""
_MOST_PRODUCTS = 50_000_000
"""The most values times outputs for which pairs of words count by default; with them a fit takes four times as long."""
_BASE: dict[str, Scalar] = {"strength": 1.0, "text_scale": 1.0, "words": 2, "characters": False, "fewest_rows": 2}


def _space(shape: Shape) -> tuple[Parameter, ...]:
    return (
        real("strength", 1e-2, 1e2, log=True),
        real("text_scale", 0.2, 5.0, log=True),
        whole("words", 1, 2),
        choice("characters", *((False, True) if shape.text_bytes <= _BYTES_OF_SPACE else (False,))),
        whole("fewest_rows", 1, 10, log=True),
    )


def _default(shape: Shape) -> dict[str, Scalar]:
    pairs = _PAIRS_A_BYTE * shape.text_bytes * outputs_of(shape) <= _MOST_PRODUCTS
    return {**_BASE, "words": 2 if pairs else 1, "characters": shape.text_bytes <= _BYTES_OF_DEFAULT}


def _portfolio(shape: Shape) -> tuple[dict[str, Scalar], ...]:
    default = _default(shape)
    return ({**default, "strength": 0.3}, {**default, "words": 3 - int(default["words"])})


def _values(shape: Shape) -> float:
    """The values of the matrix of terms."""
    default = _default(shape)
    a_byte = _PAIRS_A_BYTE if default["words"] == 2 else _WORDS_A_BYTE
    return min(MOST_VALUES, (a_byte + _CHARACTERS_A_BYTE * bool(default["characters"])) * shape.text_bytes)


def _seconds(shape: Shape) -> float:
    columns = shape.numeric_columns + shape.categorical_columns + WAVES * shape.cycles
    cells = shape.rows * (columns + 1)
    reading = shape.text_bytes * (2e-7 if _default(shape)["characters"] else 8e-8)
    steps = (15 * _values(shape) + 60 * cells) * outputs_of(shape)
    return 0.2 + reading + min(_MOST_STEPS, steps) * 1e-8


def _memory_bytes(shape: Shape) -> int:
    columns = shape.numeric_columns + shape.categorical_columns + WAVES * shape.cycles
    cells = shape.rows * (columns + 1)
    return int(250e6 + cells * 50 + _values(shape) * 45 + _MOST_WEIGHTS * 16)


class TextLinear:
    """The learner `text_linear`. `strength` is the L2 penalty; `text_scale` the weight of texts beside numbers."""

    descriptor = Descriptor(
        name="text_linear",
        library="sklearn",
        modules=(
            "scipy.sparse", "scipy.optimize", "sklearn.linear_model", "sklearn.svm",
            "automl_runner.learners.shared.linear_design", "automl_runner.learners.shared.margins",
            "automl_runner.learners.shared.ridge", "automl_runner.learners.shared.row_sample",
            "automl_runner.learners.shared.term_fitting",
        ),
        estimator="text_linear",
        tasks=("binary", "multiclass", "regression"),
        views=("plain",),
        space=_space,
        default=_default,
        portfolio=_portfolio,
        seconds=_seconds,
        memory_bytes=_memory_bytes,
        reads_text=True,
    )  # fmt: skip

    def fit(
        self,
        parameters: dict[str, Scalar],
        train: TrainingSet,
        valid: TrainingSet | None,  # noqa: ARG002 - the protocol
        context: FitContext,
    ) -> Fitted:
        """See Learner."""
        from automl_runner.learners.shared.margins import margin_weights
        from automl_runner.learners.shared.ridge import ridge_weights

        resolved = resolve(_BASE, parameters)
        scale, strength = float(resolved["text_scale"]), float(resolved["strength"])
        with one_core():
            rows, choices = _rows_and_choices(train, resolved, context)
            matrix, layout, terms = _design(rows.features, choices, scale)
            outputs = context.classes if context.classes > 2 else 1
            passes = int(clip(_MOST_STEPS / max(1, matrix.nnz * outputs), 10, 300))
            if context.task == "regression":
                weights, intercept = ridge_weights(matrix, rows, strength, passes)
            else:
                weights, intercept = margin_weights(matrix, rows, strength, context, passes)
        start = width = matrix.shape[1] - sum(map(len, terms))
        parts = []
        for tf_idf in terms:
            parts.append((weights[start : start + len(tf_idf)] * scale).astype("float32"))
            start += len(tf_idf)
        linear = layout.model(weights[:width], intercept, context.classes)
        return Fitted(TextLinearModel(linear, len(train.features.texts), terms, tuple(parts)), resolved)


REGISTERED: tuple[Learner, ...] = (TextLinear(),)


def _rows_and_choices(
    train: TrainingSet, resolved: dict[str, Scalar], context: FitContext
) -> tuple[TrainingSet, list[tuple[int, "TermChoice"]]]:
    """The rows to train on, and the terms of each column of texts.

    Where all rows would have too many terms, some of the rows are trained on; where these have too many, texts are cut.
    """
    from automl_runner.learners.shared.row_sample import sample_rows
    from automl_runner.learners.shared.term_fitting import values_a_row

    texts = train.features.texts[:MOST_TEXT_COLUMNS]
    choices = [(place, own) for place in range(len(texts)) for own in _choices(resolved, len(texts), context)]
    values = [values_a_row(texts[place], own) for place, own in choices]
    every = max(1.0, sum(values))
    rows = sample_rows(train, max(_FEWEST_ROWS, int(MOST_VALUES / every)), context)
    bounds = [int(MOST_VALUES * own / every) + 1 for own in values]
    bounded = [(place, replace(own, most_values=most)) for (place, own), most in zip(choices, bounds, strict=True)]
    return rows, bounded


def _choices(resolved: dict[str, Scalar], columns: int, context: FitContext) -> list["TermChoice"]:
    """The terms of a column: words, and characters if wanted. All columns together keep to the bounds."""
    from automl_runner.learners.shared.term_fitting import TermChoice

    analysers: tuple[Analyser, ...] = ("words", "characters") if resolved["characters"] else ("words",)
    outputs = context.classes if context.classes > 2 else 1
    most = max(16, min(MOST_TERMS, _MOST_WEIGHTS // outputs) // (columns * len(analysers)))
    longest, fewest = int(resolved["words"]), int(resolved["fewest_rows"])
    return [TermChoice(own, longest, fewest, most, MOST_VALUES) for own in analysers]


def _design(
    features: "Features", choices: list[tuple[int, "TermChoice"]], scale: float
) -> tuple[Any, "DesignLayout", tuple["TfIdf", ...]]:
    """The sparse matrix of the other columns and then of each TF-IDF, with the layout of the former."""
    import numpy as np
    import scipy.sparse

    from automl_runner.learners.shared.linear_design import design
    from automl_runner.learners.shared.term_fitting import fit_tf_idf

    plain, layout = design(features, _SKEW_THRESHOLD)
    blocks, terms = [scipy.sparse.csr_array(plain, dtype=np.float32)], []
    for place, choice_of_terms in choices:
        tf_idf, rows = fit_tf_idf(features.texts[place], place, choice_of_terms)
        terms.append(tf_idf)
        blocks.append(rows * np.float32(scale))
    matrix = scipy.sparse.hstack(blocks, format="csr")
    indices, starts = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)  # LIBLINEAR reads no others
    return scipy.sparse.csr_array((matrix.data, indices, starts), shape=matrix.shape), layout, tuple(terms)
