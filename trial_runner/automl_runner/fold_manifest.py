"""The manifests of finished folds and refits. Without a manifest a fold does not exist; the first manifest wins."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from automl_api.base import Model, Scalar
from automl_api.resources.trial import Configuration, FoldResult, RefitResult
from automl_model.files import sha256_of_bytes
from automl_runner.store import Store

PREDICTIONS = "predictions.npy"
STAGES = "stages.npy"
ROWS = "rows.npy"
HOLDOUT = "holdout.npy"
SHARED = "shared.npy"
MODEL = "model"


class FoldManifest(Model):
    """One finished fold of one trial: its configuration, its results, and the place of its files."""

    trial: str
    fold: int
    configuration: Configuration
    folds_digest: str
    """The digest of the division of the rows into folds."""
    classes: tuple[str, ...] = ()
    """The order of the probability columns."""
    score: float
    parameters: dict[str, Scalar] = Field(default_factory=dict)
    """The resolved parameters."""
    rounds: int = 0
    out_of_time: bool = False
    """True when training may have ended early, because the time for it was spent; a repetition may differ."""
    view_adds_nothing: bool = False
    """True when the view is not plain, but the model is the one of the view plain."""
    factor: float | None = None
    """The factor of predictions, where the learner saw the target's logarithm."""
    formulas: tuple[str, ...] | None = None
    """The features that the view makes by formulas, best first; None in folds of versions that did not tell them."""
    stage_rounds: tuple[int, ...] = ()
    """The rounds of stages.npy; empty without it."""
    stage_scores: tuple[float | None, ...] = ()
    """The score at each stage; None where it is undefined."""
    seconds: float
    peak_memory_bytes: int
    model_bytes: int
    directory: Annotated[str, Field(max_length=512)]
    """The directory of the files in the store."""
    files: dict[str, str] = Field(default_factory=dict)
    """`sha256:HEX` of each file in the directory, by name."""


class RefitManifest(Model):
    """One trial's configuration trained on all rows: its results, and the place of its files."""

    trial: str
    configuration: Configuration
    folds_digest: str
    """The digest of the division of the rows into the trial's folds."""
    share: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """The share of all rows that it was trained on; under 1 where there was no time for all."""
    rounds: int = 0
    seconds: float
    peak_memory_bytes: int
    model_bytes: int
    directory: Annotated[str, Field(max_length=512)]
    """The directory of the files in the store."""
    files: dict[str, str] = Field(default_factory=dict)
    """`sha256:HEX` of each file in the directory, by name."""


def refit_path(trial: str) -> str:
    """The path of a refit's manifest in the store."""
    return f"trials/{trial}/refit/manifest.json"


def read_refit(store: Store, trial: str) -> tuple[RefitManifest, RefitResult] | None:
    """The manifest of a refit in the store, and its summary; None where the refit does not exist."""
    path = refit_path(trial)
    data = store.read_all([path])[0]
    if data is None:
        return None
    manifest = RefitManifest.read_json(data)
    result = RefitResult(
        share=manifest.share,
        seconds=manifest.seconds,
        peak_memory_bytes=manifest.peak_memory_bytes,
        model_bytes=manifest.model_bytes,
        rounds=manifest.rounds,
        manifest=path,
        digest=sha256_of_bytes(data),
    )
    return manifest, result


def manifest_path(trial: str, fold: int) -> str:
    """The path of a fold's manifest in the store."""
    return f"trials/{trial}/fold-{fold}/manifest.json"


def read_fold(store: Store, trial: str, fold: int) -> tuple[FoldManifest, FoldResult] | None:
    """The manifest of a finished fold in the store, and its summary; None where the fold does not exist."""
    return read_folds(store, [(trial, fold)])[0]


def read_folds(store: Store, folds: Sequence[tuple[str, int]]) -> list[tuple[FoldManifest, FoldResult] | None]:
    """The results of `read_fold` for many folds, each given by its trial and its number."""
    paths = [manifest_path(trial, fold) for trial, fold in folds]
    found = store.read_all(paths)
    return [
        None if data is None else _read(path, fold, data)
        for path, (_, fold), data in zip(paths, folds, found, strict=True)
    ]


def _read(path: str, fold: int, data: bytes) -> tuple[FoldManifest, FoldResult]:
    manifest = FoldManifest.read_json(data)
    result = FoldResult(
        fold=fold,
        score=manifest.score,
        seconds=manifest.seconds,
        peak_memory_bytes=manifest.peak_memory_bytes,
        model_bytes=manifest.model_bytes,
        rounds=manifest.rounds,
        view_adds_nothing=manifest.view_adds_nothing,
        manifest=path,
        digest=sha256_of_bytes(data),
    )
    return manifest, result
