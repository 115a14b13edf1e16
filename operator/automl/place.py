"""The folder of a run that the user has not named, and the model's folder in it."""

import os
import secrets
from datetime import datetime
from pathlib import Path

from automl.errors import UserError

BUNDLE = "model"
MANIFEST = "manifest.json"


def default_folder(name: str) -> Path:
    """The command's folder for an experiment, in the working directory; always the same, so that a run can go on."""
    return Path(f"automl-{name}")


def fresh_folder(name: str, now: datetime) -> Path:
    """A new folder in the user's cache, for a call from Python that names none."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "automl" / f"{name}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def bundle_in(path: Path) -> Path:
    """The bundle at a path: the path itself, or the model that a run in this folder has published. Raises UserError."""
    if (path / MANIFEST).is_file():
        return path
    if (path / BUNDLE / MANIFEST).is_file():
        return path / BUNDLE
    if not path.exists():
        raise UserError(f"there is no folder {path}; give a run's folder or a model's")
    if (path / "world" / "experiment.json").is_file():
        raise UserError(f"the run in {path} has published no model yet; continue it with automl fit --out {path}")
    raise UserError(f"{path} holds neither a run nor a model; give the folder that was the --out of automl fit")
