"""`automl predict`: a table in, the predictions out, row by row."""

from pathlib import Path
from typing import Any

from automl.errors import UserError
from automl.place import bundle_in

WRITABLE = (".csv", ".csv.gz", ".parquet")


def predict_file(model: Path, data: Path, out: Path) -> int:
    """Predict every row of a file; returns how many there were. Raises UserError."""
    if not out.name.endswith(WRITABLE):
        raise UserError(f"{out}: its name must end in {', '.join(WRITABLE)}, which says what to write")
    if not out.absolute().parent.is_dir():
        raise UserError(f"{out}: there is no folder {out.absolute().parent}")
    predictions = _predictions(model, data)
    try:
        _write(predictions, out)
    except OSError as error:
        raise UserError(
            f"{out} cannot be written ({error.strerror or error}); choose another file with --out"
        ) from error
    return len(predictions)


def predict_text(model: Path, data: Path) -> str:
    """Predict every row of a file, as the text of a csv. Raises UserError."""
    return str(_predictions(model, data).to_csv(index=False))


def _predictions(model: Path, data: Path) -> Any:
    predictor, frame = load(model), _read(data)
    try:
        return predicted(predictor, frame)
    except UserError as error:
        raise UserError(f"{data}: {error}") from error


def load(model: Path, digest: str = "") -> Any:
    """The `automl_model.Predictor` of a run's folder or a bundle. Raises UserError."""
    bundle = bundle_in(model)
    from automl_model import ModelError, load_model

    try:
        return load_model(bundle, digest)
    except ModelError as error:
        raise UserError(str(error)) from error


def predicted(predictor: Any, frame: Any) -> Any:
    """A frame with a column named like the target, and for classes one for each with its probability. Raises UserError."""
    import pandas

    from automl_model import SchemaError

    facts = predictor.facts
    try:
        if facts.task == "regression":
            return pandas.DataFrame({facts.target: predictor.predict(frame)})
        probabilities = predictor.predict_proba(frame)
    except SchemaError as error:
        raise UserError(str(error)) from error
    columns = {f"{facts.target}_{label}": column for label, column in probabilities.items()}
    return pandas.DataFrame({facts.target: predictor.labels(probabilities), **columns})


def _read(data: Path) -> Any:
    from automl_model.tables import TableError, read_table

    try:
        return read_table(data, name=str(data)).to_pandas()
    except TableError as error:
        raise UserError(str(error)) from error


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
