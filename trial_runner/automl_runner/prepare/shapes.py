"""The shape of the training sets of a table, from which learners predict their time and memory."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from automl_model.features import Features
from automl_runner.learners.learner import Shape
from automl_runner.prepare.encode import EncodedTable
from automl_runner.prepare.folds import split_rows
from automl_runner.prepare.target import Target
from automl_runner.views.log_target import is_skewed


@dataclass(frozen=True)
class Shapes:
    """The shapes of training sets of an encoded table. `rows`: those that are not held out."""

    table: EncodedTable
    target: Target
    rows: int

    def of_fold(self, folds: int) -> Shape:
        """The shape of a fold's training set, for a number of folds; 1 is a single split."""
        return self.of(self.rows - split_rows(self.rows) if folds == 1 else self.rows - self.rows // folds)

    def of(self, rows: int) -> Shape:
        """The shape of a training set of some of the rows."""
        features = self._features
        return Shape(
            rows,
            len(features.numeric_names),
            len(features.code_names),
            sum(features.cardinalities),
            max(1, len(self.target.classes)),
            self.target.task,
            len(self.table.texts),
            self._text_bytes * rows // len(self.target.values),
            len(features.cycles),
            self._skewed_target,
        )

    @cached_property
    def _features(self) -> Features:
        return self.table.encoder.features(np.empty((0, 0), np.float32), np.empty((0, 0), np.int32))

    @cached_property
    def _text_bytes(self) -> int:
        return sum(column.bytes for column in self.table.texts)

    @cached_property
    def _skewed_target(self) -> bool:
        return self.target.task == "regression" and is_skewed(np.asarray(self.target.values, np.float64))
