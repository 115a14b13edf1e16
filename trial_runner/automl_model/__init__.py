"""The public names of the model library: load a published model, and predict with it."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl_model.bundle import ModelError
    from automl_model.encoding import SchemaError
    from automl_model.predictor import Predictor, load_model
    from automl_model.reading_warning import ReadingWarning

__all__ = ["ModelError", "Predictor", "ReadingWarning", "SchemaError", "load_model"]

_PLACES = {
    "ModelError": "automl_model.bundle",
    "Predictor": "automl_model.predictor",
    "ReadingWarning": "automl_model.reading_warning",
    "SchemaError": "automl_model.encoding",
    "load_model": "automl_model.predictor",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that a runner that only fits needs no pandas. Raises AttributeError."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)
