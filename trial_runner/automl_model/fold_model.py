"""One fold's model: a fitted view and the estimator that was trained on it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_model.checked import require
from automl_model.estimators import Estimator, Staged, read_estimator
from automl_model.features import Features, Layout
from automl_model.views import (
    ViewState,
    apply_view,
    changes_target,
    layout_of,
    read_view,
    restore_predictions,
    write_view,
)

VIEW = "view"
_ESTIMATOR = "estimator"
_STAGE_GROWTH = 1.5


@dataclass(frozen=True)
class FoldModel:
    """Predicts from prepared features; the view is applied inside."""

    view: ViewState
    estimator: Estimator

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator.predict."""
        return restore_predictions(self.view, self.estimator.predict(apply_view(self.view, features)))

    def check(self, layout: Layout, classes: int) -> int:
        """The number of columns that its view produces. Raises ValueError unless it can predict for this layout."""
        seen = layout_of(self.view, layout)
        require(
            classes == 1 or not changes_target(self.view), f"the view {self.view.name} is for values, not for classes"
        )
        self.estimator.check(seen, classes)
        return seen.columns

    def stages(self, features: Features) -> tuple[tuple[int, ...], NDArray[np.float64]]:
        """Numbers of rounds, and the predictions at each, shape (stages, rows, ...); empty without rounds."""
        if not isinstance(self.estimator, Staged):
            return (), np.empty((0, len(features)))
        rounds = stage_rounds(self.estimator.trained_rounds())
        staged = self.estimator.predict_at(apply_view(self.view, features), rounds)
        return rounds, restore_predictions(self.view, staged)

    def write(self, directory: Path) -> None:
        """Write the view and the estimator into a directory, which is created if missing."""
        for part in (VIEW, _ESTIMATOR):
            (directory / part).mkdir(parents=True, exist_ok=True)
        write_view(self.view, directory / VIEW)
        self.estimator.write(directory / _ESTIMATOR)


def read_fold_model(directory: Path) -> FoldModel:
    """Read a fold's model. Raises ValueError for kinds and views that this version does not know."""
    return FoldModel(read_view(directory / VIEW), read_estimator(directory / _ESTIMATOR))


def stage_rounds(most: int) -> tuple[int, ...]:
    """Numbers of rounds from 1 to `most`, each about 1.5 times the one before."""
    rounds = [1]
    while rounds[-1] < most:
        rounds.append(min(most, max(rounds[-1] + 1, int(rounds[-1] * _STAGE_GROWTH))))
    return tuple(rounds)
