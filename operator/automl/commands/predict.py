"""`automl predict`: write predictions to a file or stdout, and warnings about the rows to stderr or as JSON."""

import json
import sys
from pathlib import Path

from automl.errors import UserError
from automl.formatting import counted
from automl.prediction import predict_file, predict_rows


def predict_command(model: Path, data: Path, out: Path | None, encoding: str, digest: str, *, as_json: bool) -> None:
    """Predict every row of a file. Raises UserError."""
    if out is None and as_json:
        raise UserError("--json needs --out: without it the predictions themselves are written to stdout")
    if out is None:
        predictions = predict_rows(model, data, encoding, digest)
    else:
        predictions = predict_file(model, data, out, encoding, digest)
    rows = len(predictions.table)
    if as_json:
        print(json.dumps({"rows": rows, "out": str(out), "warnings": list(predictions.warnings)}))
        return
    for warning in predictions.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if out is None:
        print(predictions.text, end="")
    else:
        print(f"{counted(rows, 'row')} predicted: {out}")
