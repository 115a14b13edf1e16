"""Logistic and ridge regression with their own preprocessing: fast, small, and with errors that trees do not make.

Missing numbers become the median and get an indicator. Numbers are scaled robustly and bounded; skewed columns are
mapped through their quantiles to a normal shape. Parts of dates that begin anew, such as weekdays, also enter as sines
and cosines. Categories are one-hot, at most 100 levels per column; rarer and unseen levels count as the average.
"""

import math
import warnings
from typing import TYPE_CHECKING, Any

from automl_api.base import Scalar
from automl_api.resources.search_space import Parameter
from automl_model.estimators.waves import WAVES
from automl_runner.learners.learner import Descriptor, FitContext, Fitted, Learner, Shape, TrainingSet, refusing
from automl_runner.learners.shared.parameters import columns_of, outputs_of, real, resolve
from automl_runner.learners.shared.portfolio import learned
from automl_runner.learners.shared.seen_classes import of_all_classes
from automl_runner.learners.shared.threads import one_core

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_ITERATIONS = 100
MAX_DENSE_CELLS = 30_000_000
_BASE: dict[str, Scalar] = {"strength": 1.0, "skew_threshold": 0.99}


def _space(_shape: Shape) -> tuple[Parameter, ...]:
    return (real("strength", 1e-3, 1e3, log=True), real("skew_threshold", 0.5, 20.0, log=True))


def _default(_shape: Shape) -> dict[str, Scalar]:
    return dict(_BASE)


def _width(shape: Shape) -> float:
    return columns_of(shape) + min(shape.cardinality, 102 * shape.categorical_columns)


def _seconds(shape: Shape) -> float:
    columns = shape.numeric_columns + shape.categorical_columns + WAVES * shape.cycles
    cells = shape.rows * (columns + 1)
    iterations = 1 if shape.task == "regression" else MAX_ITERATIONS
    return 0.05 + cells * (2e-7 + 5e-9 * iterations * math.sqrt(outputs_of(shape)))


def _memory_bytes(shape: Shape) -> int:
    columns = shape.numeric_columns + shape.categorical_columns + WAVES * shape.cycles
    cells = shape.rows * (columns + 1)
    return int(150e6 + cells * 30 + shape.rows * shape.classes * 40 + _width(shape) * shape.classes * 100)


class Linear:
    """The learner `linear`. `strength` is the L2 penalty on the weights of standardised columns."""

    descriptor = Descriptor(
        name="linear",
        library="sklearn",
        modules=(
            "scipy.sparse",
            "sklearn.linear_model",
            "automl_runner.learners.shared.linear_design",
            "automl_runner.learners.shared.ridge",
        ),
        estimator="linear",
        tasks=("binary", "multiclass", "regression"),
        views=("plain", "target_encoding", "log_target"),
        early_views=("log_target",),
        space=_space,
        default=_default,
        portfolio=learned("linear", _space, _default),
        seconds=_seconds,
        memory_bytes=_memory_bytes,
    )

    def fit(
        self,
        parameters: dict[str, Scalar],
        train: TrainingSet,
        valid: TrainingSet | None,  # noqa: ARG002 - the protocol
        context: FitContext,
    ) -> Fitted:
        """See Learner."""
        from automl_runner.learners.shared.linear_design import design
        from automl_runner.learners.shared.ridge import ridge_weights

        resolved = resolve(_BASE, parameters)
        with one_core():
            matrix, layout = design(train.features, float(resolved["skew_threshold"]))
            if context.task == "regression":
                weights, intercept = ridge_weights(_dense_if_small(matrix), train, float(resolved["strength"]))
            else:
                weights, intercept = _logistic(matrix, train, float(resolved["strength"]), context)
        return Fitted(layout.model(weights, intercept, context.classes), resolved)


REGISTERED: tuple[Learner, ...] = (Linear(),)


def _logistic(
    matrix: Any, train: TrainingSet, strength: float, context: FitContext
) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    """Weights, shape (design columns, outputs), and intercepts; one output for two classes, else one per class."""
    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0 / strength, max_iter=MAX_ITERATIONS, tol=1e-4)
    with warnings.catch_warnings(), refusing("scikit-learn", ValueError):
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(matrix, train.target, sample_weight=train.weights)
    if context.task == "binary":
        return model.coef_.T, model.intercept_
    first, intercept = np.zeros_like(model.coef_), model.intercept_
    if len(model.classes_) == 2:
        return of_all_classes(np.vstack([first, model.coef_]), np.append(0.0, intercept), model.classes_, context)
    return of_all_classes(model.coef_, intercept, model.classes_, context)


def _dense_if_small(matrix: Any) -> Any:
    """The matrix, dense where that is faster."""
    import numpy as np

    small = matrix.shape[0] * matrix.shape[1] < MAX_DENSE_CELLS
    return matrix.toarray() if small and not isinstance(matrix, np.ndarray) else matrix
