"""A loaded model: it takes frames, and returns probabilities or labels, which have the target's own type."""

import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_api.cores import allowed_cores
from automl_api.metrics import metrics_of
from automl_api.resources.model import SignatureColumn
from automl_model.bundle import BundleFacts, ModelError, read_bundle
from automl_model.calibration import Calibration
from automl_model.encoding import Encoder, SchemaError
from automl_model.encoding.labels import labels_of
from automl_model.evaluation import scores_of
from automl_model.features import Features
from automl_model.labelled import TrueValues, read_labelled
from automl_model.loading import LoadedModel, layout_of_rows, read_encoder, read_members
from automl_model.reading_warning import ReadingWarning
from automl_model.scoring import labels
from automl_model.stack import combined
from automl_model.tables import TableError

_MOST_ROWS = 100_000
_MOST_CELLS = 4_000_000
_FEW_ROWS = 100
"""Fewer rows are predicted on one thread: handing the work to threads would take longer."""


def load_model(path: str | Path, digest: str = "") -> "Predictor":
    """Load a published model from its directory. Raises ModelError if it is not a model, was changed, or is too new.

    digest: the digest in the AutoMLModel, `sha256:HEX`; with it, any other model is refused, even an intact one.
    """
    directory = Path(path)
    facts = read_bundle(directory, digest)
    encoder = read_encoder(directory, facts)
    models, width = read_members(directory, facts, layout_of_rows(encoder))
    predictor = Predictor(directory, facts, encoder, models, width)
    try:
        predictor.classes  # noqa: B018 - labels that do not fit the target's type fail now
    except (ValueError, ArithmeticError) as unreadable:
        raise ModelError(f"{directory / 'signature.json'} has classes of another type: {unreadable}") from unreadable
    return predictor


@dataclass(frozen=True)
class Predictor:
    """A published model. Frames need the columns of `signature`; others are ignored."""

    path: Path
    facts: BundleFacts
    encoder: Encoder
    models: tuple[LoadedModel, ...]
    width: int
    """The most columns that a member's view produces."""

    @property
    def signature(self) -> tuple[SignatureColumn, ...]:
        """The columns that the model reads."""
        return self.facts.columns

    @cached_property
    def classes(self) -> tuple[Any, ...]:
        """The labels in the target's own type, in the order of the probabilities; empty for regression."""
        return tuple(labels_of(self.facts.classes, self.facts.original_type).tolist())

    def predict(self, frame: pd.DataFrame) -> pd.Series:
        """Labels or values, with the frame's index, named like the target. Raises SchemaError.

        Cells that are not read as written cause a ReadingWarning, here and in `predict_proba` and `evaluate`.
        """
        raw = self.outputs(self._read(frame))
        if self.facts.task != "regression":
            return self.labels(self._named(raw, frame))
        return pd.Series(raw, index=frame.index, name=self.facts.target)

    def labels(self, probabilities: pd.DataFrame) -> pd.Series:
        """The labels that `predict` would return, from the result of `predict_proba`."""
        codes = labels(probabilities.to_numpy(), self.facts.threshold)
        names = labels_of(self.facts.classes, self.facts.original_type)
        return pd.Series(names[codes], index=probabilities.index, name=self.facts.target)

    def predict_proba(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Probabilities, one column per class; each row sums to 1. Raises SchemaError; ModelError for a regression."""
        if self.facts.task == "regression":
            raise ModelError("this model predicts numbers, which have no probabilities; use predict")
        return self._named(self.outputs(self._read(frame)), frame)

    def evaluate(self, frame: pd.DataFrame) -> dict[str, float]:
        """Every metric of the task that is defined on these rows, the optimised one first.

        A label that is not a class counts as wrong, and rows without a label are left out; a ReadingWarning says how
        many. Raises SchemaError for a missing column, including the target, and if no row can be scored.
        """
        rows = read_labelled(frame, self.encoder, self.true_values, self.metrics)
        for message in (*rows.about_labels, *(note.message for note in rows.about_cells)):
            warnings.warn(message, ReadingWarning, stacklevel=2)
        return scores_of(self.metrics, rows.target, self.outputs(rows.features), self.facts.threshold)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of the task, the optimised one first."""
        own = self.facts.metric
        return (own, *(name for name in metrics_of(self.facts.task) if name != own))

    @property
    def true_values(self) -> TrueValues:
        """The target column of labelled rows."""
        return TrueValues(self.facts.target, self.facts.task, self.facts.classes)

    def leaderboard(self) -> pd.DataFrame:
        """The trials with their weights in the model, ordered by folds, then by score, best first."""
        weights = {member.trial: member.weight for member in self.facts.members}
        rows = [{**entry.model_dump(), "weight": weights.get(entry.trial, 0.0)} for entry in self.facts.leaderboard]
        return pd.DataFrame(rows, columns=["trial", "learner", "view", "score", "folds", "weight"])

    def _read(self, frame: pd.DataFrame) -> Features:
        """Encode the rows; warn the caller of the public method with the encoder's notes."""
        try:
            features, notes = self.encoder.read(frame)
        except TableError as error:
            raise SchemaError(str(error)) from error
        for note in notes:
            warnings.warn(note.message, ReadingWarning, stacklevel=3)
        return features

    def _named(self, probabilities: NDArray[np.float64], frame: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(probabilities, index=frame.index, columns=list(self.classes))

    def outputs(self, features: Features) -> NDArray[np.float64]:
        """Probabilities of encoded rows, shape (rows, classes), or values, shape (rows,)."""
        if len(features) < _FEW_ROWS:
            result = self._block(map, features)
        else:
            cells = max(len(self.facts.members) * max(1, len(self.facts.classes)), self.width)
            with ThreadPoolExecutor(allowed_cores()) as pool:
                result = np.concatenate(
                    [
                        self._block(pool.map, features.take(np.arange(part.start, part.stop)))
                        for part in _blocks(len(features), cells)
                    ]
                )
        if not np.isfinite(result).all():
            raise ModelError(f"{self.path} predicts values that are not finite; train it again")
        return result

    def _block(self, each: Callable[..., Iterable[Any]], features: Features) -> NDArray[np.float64]:
        """The calibrated blend of the members' means, mixed with the stack.

        The models' predictions are added in the members' order: any number of threads gives the same bits.
        """
        facts, rows = self.facts, len(features)
        shape = (rows,) if facts.task == "regression" else (rows, len(facts.classes))
        members = np.zeros((len(facts.members), *shape))
        with np.errstate(all="ignore"):
            for model, predicted in zip(
                self.models, each(lambda model: model.predict(features), self.models), strict=True
            ):
                members[model.member] += predicted
            if not np.isfinite(members).all():
                raise ModelError(f"{self.path} predicts values that are not finite; train it again")
            weights = [member.weight for member in facts.members]
            return combined(members, weights, Calibration(facts.temperature, facts.threshold), facts.stack)


def _blocks(rows: int, width: int) -> list[slice]:
    """Slices of rows to predict at once, so that memory stays bounded."""
    step = min(_MOST_ROWS, max(1000, _MOST_CELLS // max(width, 1)))
    return [slice(start, min(rows, start + step)) for start in range(0, rows, step)]
