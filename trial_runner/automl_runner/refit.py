"""`refit` trains one configuration on all rows, also the holdout's. Its folds were scored; this model is published.

Where time does not allow all rows, it trains on a share of them, which is more than the folds were trained on.
"""

import os
import time

import numpy as np
from numpy.typing import NDArray

from automl_api import reasons
from automl_api.protocol import RefitWork
from automl_api.resources import RefitResult
from automl_model.files import file_digests
from automl_runner.failures import WorkFailed
from automl_runner.fold_manifest import MODEL, FoldManifest, RefitManifest, read_folds, read_refit, refit_path
from automl_runner.peak_memory import peak_memory_bytes
from automl_runner.prepared import Prepared, open_prepared
from automl_runner.refit_check import check_converged
from automl_runner.smearing import with_factor
from automl_runner.store import Store
from automl_runner.training import ALL_ROWS, check_finite, message_of, rows_of, size_of, train

_WHAT = "the rows of a refit"


def refit(work: RefitWork, store: Store, attempt: int) -> RefitResult:
    """Train on all rows. A refit in the store is handed in as it is.

    Raises WorkFailed: `configuration` (Refused, NotFinite, Diverged), `resources` (OutOfMemory), `program`
    (ForeignManifest, NothingFinished), and the store's errors.
    """
    prepared = open_prepared(store.local_directory(work.prepared.path, work.prepared.digest), work.prepared.digest)
    found = _finished(work, store, prepared)
    if found is not None:
        return found
    with message_of(work.configuration.learner, _WHAT):
        return _refit(work, store, prepared, attempt)


def _finished(work: RefitWork, store: Store, prepared: Prepared) -> RefitResult | None:
    found = read_refit(store, work.trial)
    if found is None:
        return None
    manifest, result = found
    _check_ours(manifest, work, prepared, result.manifest)
    return result


def _check_ours(manifest: RefitManifest | FoldManifest, work: RefitWork, prepared: Prepared, path: str) -> None:
    if manifest.configuration.key != work.configuration.key or manifest.folds_digest != prepared.info.folds.digest:
        message = f"{path} belongs to another configuration or other folds; start the experiment in an empty store"
        raise WorkFailed("program", reasons.FOREIGN_MANIFEST, message)


def _refit(work: RefitWork, store: Store, prepared: Prepared, attempt: int) -> RefitResult:
    started = time.monotonic()
    folds = _folds(work, store, prepared)
    counted = _counted(folds, prepared)
    rounds = round(float(np.mean([manifest.rounds for manifest in counted])))
    rows = _rows_of_share(prepared, work.share, np.random.default_rng((work.seed, ALL_ROWS)))
    model, fitted = train(
        work.configuration,
        prepared,
        rows_of(prepared, rows, prepared.whole_target()),
        valid=None,
        rounds=rounds,
        seed=(work.seed, ALL_ROWS),
    )
    factors = [manifest.factor for manifest in counted if manifest.factor is not None]
    model = with_factor(model, float(np.mean(factors)) if factors else 1.0)
    newest = prepared.features.take(np.arange(max(0, len(prepared.target) - 1000), len(prepared.target)))
    check_finite(model.predict(newest), work.configuration.learner, _WHAT)
    check_converged(model, folds, store, prepared)
    with store.temporary_directory() as directory:
        (directory / MODEL).mkdir()
        model.write(directory / MODEL)
        path = f"trials/{work.trial}/refit/{attempt}-{os.urandom(4).hex()}"
        manifest = RefitManifest(
            trial=work.trial,
            configuration=work.configuration,
            folds_digest=prepared.info.folds.digest,
            share=len(rows) / len(prepared.target),
            rounds=fitted.rounds,
            seconds=time.monotonic() - started,
            peak_memory_bytes=peak_memory_bytes(),
            model_bytes=size_of(directory / MODEL),
            directory=path,
            files=file_digests(directory),
        )
        store.upload_directory(directory, path)
    store.write_first(refit_path(work.trial), manifest.to_json().encode())
    result = _finished(work, store, prepared)
    assert result is not None
    return result


def _rows_of_share(prepared: Prepared, share: float, generator: np.random.Generator) -> NDArray[np.int64]:
    """About a share of all rows, ascending: those that folds train on, and others.

    Others are drawn at random; where the folds are by time, they are the newest.
    """
    rows = np.arange(len(prepared.folds))
    if share >= 1:
        return rows
    chosen = np.zeros(len(rows), np.bool_)
    for fold in range(prepared.info.folds.count):
        chosen[prepared.fold_rows(fold)[0]] = True
    others, wanted = rows[~chosen], round(share * len(rows)) - int(chosen.sum())
    order = generator.permutation(len(others))
    if prepared.info.folds.kind == "time" and prepared.units is not None:
        order = order[np.argsort(-prepared.units[others[order]], kind="stable")]
    chosen[others[order[: max(0, wanted)]]] = True
    return rows[chosen]


def _folds(work: RefitWork, store: Store, prepared: Prepared) -> list[FoldManifest]:
    """The finished folds, by number."""
    found = [pair[0] for pair in read_folds(store, [(work.trial, fold) for fold in work.folds]) if pair is not None]
    if not found:
        raise WorkFailed("program", reasons.NOTHING_FINISHED, f"{work.trial} has no finished fold to go by")
    for manifest in found:
        _check_ours(manifest, work, prepared, manifest.directory)
    return sorted(found, key=lambda manifest: manifest.fold)


def _counted(folds: list[FoldManifest], prepared: Prepared) -> list[FoldManifest]:
    """The folds whose rounds and factors count; with folds by time the newer half, which trained on the most rows.

    Folds that were cut short for lack of time do not count, unless all were.
    """
    counted = folds[len(folds) // 2 :] if prepared.info.folds.kind == "time" else folds
    return [manifest for manifest in counted if not manifest.out_of_time] or counted
