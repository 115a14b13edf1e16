"""The bundle: a published model as a directory, which can be verified and loaded without operator or runner."""

import math
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from automl_api.base import Model
from automl_api.metrics import Task, metrics_of
from automl_api.resources.experiment_status import FinalScore, LeaderboardEntry, UserTestScore
from automl_api.resources.model import Member, SignatureColumn
from automl_model.arrays import read_facts, unpacked_bytes
from automl_model.card import card
from automl_model.checked import require
from automl_model.encoding.labels import LabelType
from automl_model.encoding.profile import ColumnProfile
from automl_model.files import (
    MANIFEST,
    MOST_BYTES,
    ChangedFileError,
    paths_below,
    read_json,
    read_manifest,
    verify_manifest,
    write_bytes,
    write_json,
    write_manifest,
)
from automl_model.stack import Stack

FORMAT_VERSION = 5
_READABLE = (3, 4, FORMAT_VERSION)
"""Version 4 added the temperatures of members; without them, as in version 3, they are 1. Version 5 added the stack."""
_SIGNATURE = "signature.json"
_ENCODER = "encoder.json"
_ENSEMBLE = "ensemble.json"
_LEADERBOARD = "leaderboard.json"
_PROFILE = "profile.json"
MEMBERS = "members"
_TRIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_TOLERANCE = 1e-6
_LARGEST_COEFFICIENT = 1e6
_TEMPERATURES = (0.01, 100.0)
_SIGNATURE_FIELDS = ("task", "metric", "target", "original_type", "classes", "positive_class", "columns", "encoding")
_ENSEMBLE_FIELDS = (
    "members",
    "temperature",
    "threshold",
    "stack",
    "score",
    "test_score",
    "rows",
    "warnings",
    "generated",
)
_FILES = (_SIGNATURE, _ENSEMBLE, _ENCODER, _LEADERBOARD, _PROFILE)


class ModelError(ValueError):
    """A directory is not a bundle, was changed, or has a version that this program cannot read."""


class GeneratedFeature(Model):
    """A feature that the members' views make by a formula, and its worth: the mean over the models by their weights."""

    name: str
    worth: float


class LeaderboardLine(LeaderboardEntry):
    """A trial on a model's leaderboard."""

    formulas: int | None = None
    """The number of features that its view makes by formulas, the mean over its folds; None in other views."""
    best_formulas: tuple[str, ...] | None = None
    """Those among the best of the most folds."""


class BundleFacts(Model):
    """Everything in a bundle except the members' models."""

    task: Task
    metric: str
    target: str
    original_type: LabelType
    """The type of the target in the training data; predicted labels have this type."""
    classes: tuple[str, ...] = ()
    positive_class: str | None = None
    columns: tuple[SignatureColumn, ...]
    encoding: str = ""
    """The encoding of the training data's text; used for new rows whose own encoding is uncertain."""
    encoder: dict[str, Any]
    members: tuple[Member, ...]
    temperature: float = 1.0
    threshold: float = 0.5
    stack: Stack = Stack()
    score: FinalScore
    test_score: UserTestScore | None = None
    leaderboard: tuple[LeaderboardLine, ...] = ()
    rows: int = 0
    warnings: tuple[str, ...] = ()
    generated: tuple[GeneratedFeature, ...] = ()
    """The generated features that are worth most, best first."""
    profiles: tuple[ColumnProfile, ...] = ()
    """Every column of the training data, before encoding."""


def write_bundle(directory: Path, facts: BundleFacts, models: Mapping[str, Path]) -> str:
    """Write a bundle into an empty directory, the manifest last; returns the manifest's digest.

    models: the fold models' directories to copy, by their path in the bundle (`members/<trial>/fold-<k>`).
    """
    for name, source in models.items():
        shutil.copytree(source, directory / name)
    return write_facts(directory, facts)


def write_facts(directory: Path, facts: BundleFacts) -> str:
    """Write or replace everything in a bundle except the models, the manifest last; returns the manifest's digest."""
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


def read_bundle(directory: Path, digest: str = "") -> BundleFacts:
    """Verify every file and read a bundle's facts. Raises ModelError.

    digest: the digest that the manifest must have, `sha256:HEX`; empty if it is not known.
    """
    if not directory.is_dir():
        raise ModelError(f"{directory} is not a directory; give the directory of a published model")
    try:
        version = read_manifest(directory).get("formatVersion")
        if version not in _READABLE:
            raise ModelError(
                f"{directory} has the format version {str(version)[:20]}, but this program reads {_READABLE[0]} to {FORMAT_VERSION}; "
                "use the version of automl-operator that wrote it"
            )
        _check_contents(directory, set(verify_manifest(directory, digest)["files"]))
        return _read_facts(directory)
    except ChangedFileError as changed:
        raise ModelError(str(changed)) from changed
    except OSError as unreadable:
        raise ModelError(f"{directory} cannot be read: {unreadable}") from unreadable
    except ValueError as unreadable:
        raise ModelError(f"{directory} cannot be read by this version of automl-operator: {unreadable}") from unreadable


def _check_contents(directory: Path, listed: set[str]) -> None:
    """Raise ModelError if a needed file or a member's file is not in the manifest, or if arrays unpack to too much."""
    if missing := set(_FILES) - listed:
        raise ModelError(f"{directory / MANIFEST} does not list {min(missing)}; copy the directory again")
    found = {
        Path(entry.path).relative_to(directory).as_posix() for entry in paths_below(directory) if not entry.is_dir()
    }
    if extra := {name for name in found - listed if name.startswith(f"{MEMBERS}/")}:
        raise ModelError(
            f"{directory / min(extra)} does not belong to the model; delete it, or copy the directory again"
        )
    packed = (directory / name for name in listed if name.endswith(".npz"))
    if sum(map(unpacked_bytes, packed)) > MOST_BYTES:
        raise ModelError(f"{directory} unpacks to more than {MOST_BYTES} bytes")


def _read_facts(directory: Path) -> BundleFacts:
    parts = {name: read_facts(directory / name) for name in (_SIGNATURE, _ENSEMBLE, _ENCODER)}
    lists = {"leaderboard": read_json(directory / _LEADERBOARD), "profiles": read_json(directory / _PROFILE)}
    facts = BundleFacts.read({**parts[_SIGNATURE], **parts[_ENSEMBLE], "encoder": parts[_ENCODER], **lists})
    _check_task(facts)
    _check_ensemble(facts)
    return facts


def _check_task(facts: BundleFacts) -> None:
    classes = facts.classes
    require(
        facts.metric in metrics_of(facts.task), f"{_SIGNATURE} names a metric that does not fit a {facts.task} model"
    )
    require(
        (len(classes) == 0) if facts.task == "regression" else (len(classes) > 1),
        f"{_SIGNATURE} has classes that do not fit the task",
    )
    require(len(set(classes)) == len(classes), f"{_SIGNATURE} names a class twice")
    require(facts.task != "binary" or len(classes) == 2, f"{_SIGNATURE} has {len(classes)} classes, not two")


def _check_ensemble(facts: BundleFacts) -> None:
    members = facts.members
    trials = [member.trial for member in members]
    require(len(members) > 0, f"{_ENSEMBLE} names no members")
    require(all(map(_TRIAL.fullmatch, trials)), f"{_ENSEMBLE} has an invalid trial name")
    require(len(set(trials)) == len(trials), f"{_ENSEMBLE} names a trial twice")
    for member in members:
        require(len(set(member.parts)) == len(member.parts) > 0, f"{_ENSEMBLE} lacks the models of {member.trial}")
    weights = [member.weight for member in members]
    good = all(math.isfinite(weight) and weight >= 0 for weight in weights)
    require(good, f"{_ENSEMBLE} has weights that are negative or not finite")
    require(abs(sum(weights) - 1) < _TOLERANCE, f"{_ENSEMBLE} has weights that do not sum to 1")
    low, high = _TEMPERATURES
    for temperature in (facts.temperature, *(member.temperature for member in members)):
        require(low <= temperature <= high, f"{_ENSEMBLE} has a temperature outside of {low} to {high}")
    _check_stack(facts)
    require(math.isfinite(facts.threshold), f"{_ENSEMBLE} has a threshold that is not a finite number")


def _check_stack(facts: BundleFacts) -> None:
    stack, numbers = facts.stack, (*facts.stack.coefficients, *facts.stack.intercepts)
    if stack.share == 0.0:
        return
    fits = len(stack.coefficients) == len(facts.members) and len(stack.intercepts) == max(1, len(facts.classes))
    require(fits, f"{_ENSEMBLE} has a stack of other members or classes")
    bounded = all(abs(coefficient) <= _LARGEST_COEFFICIENT for coefficient in stack.coefficients)
    require(bounded and all(map(math.isfinite, numbers)), f"{_ENSEMBLE} has a stack with numbers that are too great")
