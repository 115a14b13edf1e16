"""The user's side: the Python API and the command line.

`fit` and `load_model` are looked up when they are first used, so that the command starts without heavy libraries.
"""

from typing import TYPE_CHECKING, Any

from automl.errors import Aborted, AutoMLError, RunFailed, UserError

if TYPE_CHECKING:
    from automl.api import fit, load_model
    from automl_model import ReadingWarning

__all__ = ["Aborted", "AutoMLError", "ReadingWarning", "RunFailed", "UserError", "fit", "load_model"]


def __getattr__(name: str) -> Any:
    if name in ("fit", "load_model"):
        from automl import api

        return getattr(api, name)
    if name == "ReadingWarning":
        from automl_model import ReadingWarning

        return ReadingWarning
    raise AttributeError(f"module 'automl' has no attribute {name!r}")
