"""`finalize`: from finished folds to a published model and a score that can be believed. Safe to run at any time, again too."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from automl_api.metrics import METRICS
from automl_api.protocol import FinalizeWork
from automl_api.resources.experiment_status import FinalScore, LeaderboardEntry
from automl_api.resources.model import Member, PublishedModelSpec
from automl_model.bundle import BundleFacts, write_bundle
from automl_runner.ensemble.crossfit import Choice, Crossfit, Truth, fit_in_memory
from automl_runner.ensemble.evidence import Evidence, common_folds, fetch, gather
from automl_runner.ensemble.interval import Estimate, ScoredPart, estimate
from automl_runner.failures import WorkFailed
from automl_runner.fold_manifest import MODEL, FoldManifest
from automl_runner.prepared import Prepared, open_prepared
from automl_runner.store import Store

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_LEADERBOARD = 1000


def finalize(work: FinalizeWork, store: Store, attempt: int) -> PublishedModelSpec:  # noqa: ARG001 - one signature for all work
    """Choose, score and publish; the same finished folds give the same bundle, byte for byte.

    Raises WorkFailed: `program` (NothingFinished), `resources` (OutOfMemory), and what the store raises.
    """
    try:
        return _finalize(work, store)
    except MemoryError as error:
        message = "finalize ran out of memory; it needs a runner with more"
        raise WorkFailed("resources", "OutOfMemory", message) from error


def _finalize(work: FinalizeWork, store: Store) -> PublishedModelSpec:
    prepared = open_prepared(store.local_directory(work.prepared.path, work.prepared.digest), work.prepared.digest)
    info, seed = prepared.info, work.spec.search.seed
    everyone = gather(store, work.candidates, info.folds.digest)
    if not everyone:
        raise WorkFailed("program", "NothingFinished", "no trial has finished a fold; there is nothing to publish")
    folds = common_folds(everyone, info.metric)
    truth = _truth(prepared, folds, seed)
    comparable = [candidate for candidate in everyone if set(folds) <= set(candidate.folds)]
    classes = 1 if info.metric == "log_loss" else prepared.class_count
    comparable = fit_in_memory(comparable, info.metric, folds, min(len(truth.target), 10_000) * classes)
    fetch(store, comparable, folds, holdout=bool(len(prepared.holdout_rows)))
    crossfit = Crossfit(comparable, truth)
    choice = crossfit.choose()
    final = _score(prepared, crossfit, choice, seed)
    members = {comparable[index].trial: (comparable[index], weight) for index, weight in choice.weights.items()}
    digest = _publish(work, store, prepared, members, choice, final, _leaderboard(everyone, info.metric))
    return PublishedModelSpec(
        uri=store.uri(_place(work)),
        digest=digest,
        task=info.task,
        target=info.target,
        score=final,
        members=_members(members)[:100],
        columns=info.signature[:500],
        classes=info.classes,
    )


def _place(work: FinalizeWork) -> str:
    return f"models/{work.model}"


def _truth(prepared: Prepared, folds: tuple[int, ...], seed: int) -> Truth:
    rows = [prepared.fold_rows(fold)[1] for fold in folds]
    every = np.concatenate(rows)
    target: NDArray[Any] = prepared.target[every]
    weights = None if prepared.weights is None else prepared.weights[every].astype(np.float64)
    fold_of = np.repeat(np.arange(len(folds)), [len(own) for own in rows])
    return Truth(prepared.info.metric, folds, target, weights, fold_of, seed)


def _score(prepared: Prepared, crossfit: Crossfit, choice: Choice, seed: int) -> FinalScore:
    metric = prepared.info.metric
    if len(prepared.holdout_rows):
        found = _holdout_estimate(prepared, crossfit.candidates, choice, seed)
    else:
        found = crossfit.estimate()
    bounds = METRICS[metric]
    low, high = found.low, found.high
    if bounds.needs != "values" and metric != "log_loss":
        low, high = max(low, -1.0 if metric == "mcc" else 0.0), min(high, 1.0)
    elif metric != "r2":
        low = max(low, 0.0)
    return FinalScore(
        metric=metric,
        value=found.value,
        low=low,
        high=high,
        basis="holdout" if len(prepared.holdout_rows) else "cross-fitted",
    )


def _holdout_estimate(prepared: Prepared, candidates: Sequence[Evidence], choice: Choice, seed: int) -> Estimate:
    """The one place where the holdout's labels are read."""
    rows = prepared.holdout_rows
    blended = np.sum([weight * candidates[index].holdout() for index, weight in choice.weights.items()], axis=0)
    weights = None if prepared.weights is None else prepared.weights[rows].astype(np.float64)
    target = prepared.holdout_target()
    calibrated = choice.calibration.apply(blended)
    return estimate(prepared.info.metric, [ScoredPart(target, calibrated, weights, choice.calibration.threshold)], seed)


def _leaderboard(everyone: Sequence[Evidence], metric: str) -> tuple[LeaderboardEntry, ...]:
    entries = [
        LeaderboardEntry(
            trial=candidate.trial,
            learner=candidate.configuration.learner,
            view=candidate.configuration.view,
            score=candidate.mean_score(sorted(candidate.folds)),
            folds=len(candidate.folds),
        )
        for candidate in everyone
    ]
    sign = METRICS[metric].sign
    return tuple(sorted(entries, key=lambda entry: (-entry.folds, -sign * entry.score)))[:MAX_LEADERBOARD]


def _members(members: dict[str, tuple[Evidence, float]]) -> tuple[Member, ...]:
    return tuple(
        Member(
            trial=trial,
            learner=candidate.configuration.learner,
            view=candidate.configuration.view,
            weight=weight,
            parts=tuple(f"fold-{fold}" for fold in sorted(candidate.folds)),
        )
        for trial, (candidate, weight) in members.items()
    )


def _publish(
    work: FinalizeWork,
    store: Store,
    prepared: Prepared,
    members: dict[str, tuple[Evidence, float]],
    choice: Choice,
    final: FinalScore,
    leaderboard: tuple[LeaderboardEntry, ...],
) -> str:
    info = prepared.info
    facts = BundleFacts(
        task=info.task,
        metric=info.metric,
        target=info.target,
        original_type=info.original_type,
        classes=info.classes,
        positive_class=info.positive_class,
        columns=info.signature,
        encoding=info.encoding,
        encoder=info.encoder,
        members=_members(members),
        temperature=choice.calibration.temperature,
        threshold=choice.calibration.threshold,
        score=final,
        leaderboard=leaderboard,
        rows=info.rows,
        warnings=tuple(warning.whole for warning in info.warnings),
        profiles=info.profiles,
    )
    models = {
        f"members/{trial}/fold-{fold}": _model_of(store, manifest)
        for trial, (candidate, _) in members.items()
        for fold, manifest in sorted(candidate.folds.items())
    }
    with store.temporary_directory() as directory:
        digest = write_bundle(Path(directory), facts, models)
        store.upload_directory(directory, _place(work))
    return digest


def _model_of(store: Store, manifest: FoldManifest) -> Path:
    """The directory of a fold's model on this machine."""
    digests = {f"{manifest.directory}/{name}": digest for name, digest in manifest.files.items() if _of_model(name)}
    store.fetch(digests)
    places = [store.local_file(path, digest) for path, digest in digests.items()]
    names = [name for name in manifest.files if _of_model(name)]
    return places[0].parents[len(PurePosixPath(names[0]).parts) - 2]


def _of_model(name: str) -> bool:
    return PurePosixPath(name).parts[0] == MODEL
