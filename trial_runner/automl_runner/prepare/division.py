"""Divides the rows: into folds that the rows allow and the budget can pay for, of all rows or of a sample."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_api.quantities import parse_duration
from automl_api.resources.experiment import ExperimentSpec
from automl_runner.learners.learner import Descriptor, Shape
from automl_runner.prepare.fold_count import affordable, cost_of_defaults, lay_folds
from automl_runner.prepare.folds import Rows
from automl_runner.prepare.learner_choice import predicted_seconds
from automl_runner.prepare.sample import leave_out_rows, sample_rows
from automl_runner.prepare.shapes import Shapes
from automl_runner.prepare.shared_rows import share_rows
from automl_runner.prepared import HOLDOUT, TRAINS, DataNote, FoldAssignment, FoldKind, FoldsInfo, train_rows

_SHARE_OF_DEFAULTS = 2 / 3
"""The share of the budget that the defaults of all learners may take at the number of folds chosen."""


@dataclass(frozen=True)
class Division:
    """Rows divided into folds. `shape`: that of a fold's training set. `shared`: the rows that pairs of folds share."""

    assignment: FoldAssignment
    count: int
    kind: FoldKind
    shared: NDArray[np.bool_] | None
    shape: Shape
    notes: tuple[DataNote, ...]

    @property
    def held_rows(self) -> int:
        """The number of rows in the holdout."""
        return int((self.assignment == HOLDOUT).sum())

    def info(self, digest: str) -> FoldsInfo:
        """The facts about the folds, with the digest of their file."""
        shares = (train_rows(self.assignment, self.kind, fold, self.shared).mean() for fold in range(self.count))
        return FoldsInfo(
            count=self.count,
            kind=self.kind,
            digest=digest,
            trained_shares=tuple(map(float, shares)),
            scored_rows=int((self.assignment >= 0).sum()),
        )


def divide(
    spec: ExperimentSpec,
    rows: Rows,
    learners: Sequence[Descriptor],
    shapes: Shapes,
    generator: np.random.Generator,
) -> Division:
    """Lay the folds, after holding out the rows that `shapes` does not count. Raises WorkFailed."""
    budget = _Budget(spec, learners, shapes)
    asked = None if spec.evaluation.folds == "auto" else spec.evaluation.folds
    wanted = asked or affordable(
        budget.cost_of_folds, budget.seconds * spec.parallelism * _SHARE_OF_DEFAULTS, shapes.rows
    )
    held = len(rows) - shapes.rows
    assignment, count, notes = lay_folds(rows, wanted, held, generator, shapes.target.classes)
    if count == 1:
        training = int((assignment == TRAINS).sum())
        sampled = sample_rows(budget.defaults, budget.seconds, spec.parallelism, rows, training)
        assignment, more = leave_out_rows(rows, assignment, sampled, generator)
        notes = [*notes, *more]
    shape = shapes.of(int((assignment == TRAINS).sum())) if count == 1 else shapes.of_fold(count)
    shared = share_rows(rows, assignment, count, generator)
    return Division(assignment, count, rows.kind(count), shared, shape, tuple(notes))


@dataclass(frozen=True)
class _Budget:
    """The budget, and what the defaults cost of it."""

    spec: ExperimentSpec
    learners: Sequence[Descriptor]
    shapes: Shapes

    @property
    def seconds(self) -> float:
        return float(parse_duration(self.spec.budget.time))

    def cost_of_folds(self, folds: int) -> float:
        judged = self.spec.early_stopping.algorithm != "none"
        return cost_of_defaults(folds, self.defaults(self.shapes.of_fold(folds).rows), judged=judged)

    def defaults(self, rows: int) -> list[float]:
        """The seconds of each learner's default on so many training rows."""
        shape = self.shapes.of(rows)
        return [predicted_seconds(learner, shape) for learner in self.learners]
