"""The bundle: a published model as a directory that verifies itself and loads without any of the rest."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from automl_api.base import Model
from automl_api.metrics import Task
from automl_api.resources.experiment_status import FinalScore, LeaderboardEntry
from automl_api.resources.model import Member, SignatureColumn
from automl_model.card import card
from automl_model.encoding.labels import LabelType
from automl_model.encoding.profile import ColumnProfile
from automl_model.files import ChangedFileError, read_manifest, verify_manifest, write_bytes, write_json, write_manifest

FORMAT_VERSION = 3
_SIGNATURE = "signature.json"
_ENCODER = "encoder.json"
_ENSEMBLE = "ensemble.json"
_LEADERBOARD = "leaderboard.json"
_PROFILE = "profile.json"
_SIGNATURE_FIELDS = ("task", "metric", "target", "original_type", "classes", "positive_class", "columns", "encoding")
_ENSEMBLE_FIELDS = ("members", "temperature", "threshold", "score", "rows", "warnings")
_FILES = (_SIGNATURE, _ENSEMBLE, _ENCODER, _LEADERBOARD, _PROFILE)


class ModelError(ValueError):
    """A directory is no bundle, was changed, or is of a version that this program cannot read."""


class BundleFacts(Model):
    """All of a bundle but the members' models."""

    task: Task
    metric: str
    target: str
    original_type: LabelType
    """What labels are given as: the type that the target had in the training data."""
    classes: tuple[str, ...] = ()
    positive_class: str | None = None
    columns: tuple[SignatureColumn, ...]
    encoding: str = ""
    """What the training data's text was read as; for new rows whose encoding is not certain."""
    encoder: dict[str, Any]
    members: tuple[Member, ...]
    temperature: float = 1.0
    threshold: float = 0.5
    score: FinalScore
    leaderboard: tuple[LeaderboardEntry, ...] = ()
    rows: int = 0
    warnings: tuple[str, ...] = ()
    profiles: tuple[ColumnProfile, ...] = ()
    """Every column of the training data, as it came."""


def write_bundle(directory: Path, facts: BundleFacts, models: Mapping[str, Path]) -> str:
    """Write a bundle into an empty directory, its manifest last; returns the manifest's digest.

    models: the directories of the fold models to copy, by their path in the bundle (`members/<trial>/fold-<k>`).
    """
    for name, source in models.items():
        shutil.copytree(source, directory / name)
    everything = facts.to_dict()
    names = {field: info.alias or field for field, info in BundleFacts.model_fields.items()}
    parts = {_SIGNATURE: _SIGNATURE_FIELDS, _ENSEMBLE: _ENSEMBLE_FIELDS}
    for file, fields in parts.items():
        write_json(directory / file, {names[f]: everything[names[f]] for f in fields if names[f] in everything})
    write_json(directory / _ENCODER, everything["encoder"])
    write_json(directory / _LEADERBOARD, everything["leaderboard"])
    write_json(directory / _PROFILE, everything["profiles"])
    write_bytes(directory / "README.md", card(facts).encode())
    return write_manifest(directory, {"formatVersion": FORMAT_VERSION, "kind": "automl-operator model"})


def read_bundle(directory: Path) -> BundleFacts:
    """Verify every file and read a bundle's facts. Raises ModelError, in words."""
    if not directory.is_dir():
        raise ModelError(f"{directory} is no directory; give the directory of a published model")
    try:
        version = read_manifest(directory).get("formatVersion")
        if version != FORMAT_VERSION:
            raise ModelError(
                f"{directory} has the format version {version}, and this program reads {FORMAT_VERSION}; "
                "use the version of automl-operator that wrote it"
            )
        verify_manifest(directory)
    except ChangedFileError as changed:
        raise ModelError(str(changed)) from changed
    return _read_facts(directory)


def _read_facts(directory: Path) -> BundleFacts:
    import json

    parts = {name: json.loads((directory / name).read_bytes()) for name in _FILES}
    whole = {
        **parts[_SIGNATURE],
        **parts[_ENSEMBLE],
        "encoder": parts[_ENCODER],
        "leaderboard": parts[_LEADERBOARD],
        "profiles": parts[_PROFILE],
    }
    try:
        return BundleFacts.read(whole)
    except ValidationError as unreadable:
        raise ModelError(f"{directory} cannot be read by this version of automl-operator: {unreadable}") from unreadable
