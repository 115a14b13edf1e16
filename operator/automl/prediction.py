"""Predict each row of a table, for `automl predict`; and load models for the Python API."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl.errors import UserError
from automl.place import bundle_in

WRITABLE = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True)
class Predictions:
    """Predictions as a table: a column named like the target and, for classes, a probability column for each.

    `warnings` are about values that could not be read as they are.
    """

    table: Any
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The table as csv."""
        return str(self.table.to_csv(index=False))


def predict_file(model: Path, data: Path, out: Path, encoding: str = "", digest: str = "") -> Predictions:
    """Predict every row of a file, and write the predictions. Raises UserError."""
    if not out.name.endswith(WRITABLE):
        raise UserError(f"{out}: its name must end in {', '.join(WRITABLE)}, which sets the format")
    if not out.absolute().parent.is_dir():
        raise UserError(f"{out}: there is no folder {out.absolute().parent}; create it, or choose another file")
    predictions = predict_rows(model, data, encoding, digest)
    try:
        _write(predictions.table, out)
    except OSError as error:
        raise UserError(
            f"{out} cannot be written ({error.strerror or error}); choose another file with --out"
        ) from error
    return predictions


def predict_rows(model: Path, data: Path, encoding: str = "", digest: str = "") -> Predictions:
    """Predict every row of a file. Raises UserError, also where the model has another digest."""
    predictor = load(model, digest)
    frame, notes = _read(data, encoding, predictor.facts.encoding)
    try:
        predictions = predicted(predictor, frame)
    except UserError as error:
        raise UserError(f"{data}: {error}") from error
    return Predictions(predictions.table, (*notes, *predictions.warnings))


def load(model: Path, digest: str = "") -> Any:
    """The `automl_model.Predictor` of a run's folder or a bundle. Raises UserError."""
    bundle = bundle_in(model)
    from automl_model import ModelError, load_model

    try:
        return load_model(bundle, digest)
    except ModelError as error:
        raise UserError(str(error)) from error


def predicted(predictor: Any, frame: Any) -> Predictions:
    """Predict every row of a frame. Raises UserError."""
    from automl_model import ReadingWarning, SchemaError

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ReadingWarning)
        try:
            table = _table(predictor, frame)
        except SchemaError as error:
            raise UserError(str(error)) from error
    for warning in caught:
        if not issubclass(warning.category, ReadingWarning):
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return Predictions(
        table, tuple(str(warning.message) for warning in caught if issubclass(warning.category, ReadingWarning))
    )


def _table(predictor: Any, frame: Any) -> Any:
    import pandas

    facts = predictor.facts
    if facts.task == "regression":
        return pandas.DataFrame({facts.target: predictor.predict(frame)})
    probabilities = predictor.predict_proba(frame)
    columns = {f"{facts.target}_{label}": column for label, column in probabilities.items()}
    return pandas.DataFrame({facts.target: predictor.labels(probabilities), **columns})


def _read(data: Path, encoding: str, usual: str) -> tuple[Any, tuple[str, ...]]:
    from automl_model.tables import ReadOptions, TableError, read_file, to_frame

    try:
        read = read_file(data, ReadOptions(encoding=encoding, usual=usual), name=str(data))
    except TableError as error:
        raise UserError(str(error)) from error
    return to_frame(read.table), read.notes


def _write(predictions: Any, out: Path) -> None:
    unfinished = out.with_name(f".unfinished-{out.name}")
    try:
        if out.name.endswith(".parquet"):
            predictions.to_parquet(unfinished, index=False)
        else:
            predictions.to_csv(unfinished, index=False)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
