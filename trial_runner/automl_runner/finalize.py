"""`finalize` makes a published model and its honest score from finished folds. It may run at any time, and again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from automl_api import reasons
from automl_api.leaderboard import best_first, leaderboard_entry
from automl_api.metrics import METRICS
from automl_api.protocol import FinalizeWork
from automl_api.resources import ExperimentSpec
from automl_api.resources.experiment_status import UserTestScore
from automl_api.resources.model import Member, PublishedModelSpec
from automl_model.bundle import MEMBERS, BundleFacts, GeneratedFeature, LeaderboardLine, write_bundle, write_facts
from automl_model.fold_model import VIEW
from automl_model.views import read_view
from automl_runner.data import Sources
from automl_runner.ensemble.crossfit import fit_in_memory
from automl_runner.ensemble.ensemble_input import EnsembleInput, common_folds, fetch, gather
from automl_runner.ensemble.selection import Selected, select_and_score
from automl_runner.failures import WorkFailed
from automl_runner.fold_manifest import MODEL, FoldManifest, RefitManifest
from automl_runner.prepared import Prepared, open_prepared
from automl_runner.score_on_test import score_on_test
from automl_runner.store import Store

MAX_LEADERBOARD = 1000
SHOWN_FEATURES = 20
SHOWN_OF_TRIAL = 3
_MOST_TESTS = 2


def finalize(
    work: FinalizeWork,
    store: Store,
    attempt: int,
    sources: Sources | None = None,
) -> PublishedModelSpec:
    """Choose, score and publish; the same finished folds and test rows give the same bundle, byte for byte.

    Raises WorkFailed: `program` (NothingFinished), `resources` (OutOfMemory), and the store's errors.
    """
    try:
        return _finalize(work, store, attempt, sources or Sources(store=work.spec.store))
    except MemoryError as error:
        message = "finalize ran out of memory; it needs a runner with more memory"
        raise WorkFailed("resources", reasons.OUT_OF_MEMORY, message) from error


def _finalize(work: FinalizeWork, store: Store, attempt: int, sources: Sources) -> PublishedModelSpec:
    prepared = open_prepared(store.local_directory(work.prepared.path, work.prepared.digest), work.prepared.digest)
    info = prepared.info
    everyone = gather(store, work.candidates, info.folds.digest)
    if not everyone:
        raise WorkFailed(
            "program", reasons.NOTHING_FINISHED, "no trial has finished a fold; there is nothing to publish"
        )
    folds = common_folds(everyone, info.metric)
    comparable = [candidate for candidate in everyone if set(folds) <= set(candidate.folds)]
    classes = 1 if METRICS[info.metric].true_class_only else prepared.class_count
    rows = sum(len(prepared.fold_rows(fold)[1]) for fold in folds)
    comparable = fit_in_memory(comparable, info.metric, folds, min(rows, 10_000) * classes)
    fetch(store, comparable, folds, holdout=bool(len(prepared.holdout_rows)))
    selected = select_and_score(prepared, comparable, folds, work.spec.search.seed)
    models = {place: _model_of(store, manifest) for place, manifest in selected.published.models().items()}
    facts = _facts(prepared, selected, models, _leaderboard(everyone, info.metric))
    published = _publish(work, store, facts, models, _Test(work.spec, attempt, sources))
    return PublishedModelSpec(
        uri=store.uri(_place(work)),
        digest=published.digest,
        task=info.task,
        target=info.target,
        score=selected.score,
        test_score=published.test_score,
        test_failure=published.test_failure,
        members=selected.published.members()[:100],
        columns=info.signature[:500],
        classes=info.classes,
    )


def _place(work: FinalizeWork) -> str:
    return f"models/{work.model}"


def _leaderboard(everyone: Sequence[EnsembleInput], metric: str) -> tuple[LeaderboardLine, ...]:
    return best_first(map(_line, everyone), metric)[:MAX_LEADERBOARD]


def _line(trial: EnsembleInput) -> LeaderboardLine:
    entry = leaderboard_entry(trial.trial, trial.configuration, trial.mean_score(sorted(trial.folds)), len(trial.folds))
    made = [manifest.formulas for _, manifest in sorted(trial.folds.items()) if manifest.formulas is not None]
    if trial.configuration.view != "generated_features" or not made:
        return LeaderboardLine(**entry.model_dump())
    best = Counter(name for names in made for name in names[:SHOWN_OF_TRIAL]).most_common(SHOWN_OF_TRIAL)
    return LeaderboardLine(
        **entry.model_dump(),
        formulas=round(sum(map(len, made)) / len(made)),
        best_formulas=tuple(name for name, _ in best),
    )


def _facts(
    prepared: Prepared, selected: Selected, models: Mapping[str, Path], leaderboard: tuple[LeaderboardLine, ...]
) -> BundleFacts:
    info = prepared.info
    return BundleFacts(
        task=info.task,
        metric=info.metric,
        target=info.target,
        original_type=info.original_type,
        classes=info.classes,
        positive_class=info.positive_class,
        columns=info.signature,
        encoding=info.encoding,
        encoder=info.encoder,
        members=selected.published.members(),
        temperature=selected.calibration.temperature,
        threshold=selected.calibration.threshold,
        stack=selected.stack,
        score=selected.score,
        leaderboard=leaderboard,
        rows=info.rows,
        warnings=(*selected.published.warnings(), *(warning.whole for warning in info.warnings)),
        generated=_generated(selected.published.members(), models),
        profiles=info.profiles,
    )


@dataclass(frozen=True)
class _Published:
    digest: str
    test_score: UserTestScore | None
    test_failure: str


@dataclass(frozen=True)
class _Test:
    """The test of the model on the rows of `evaluation.test`."""

    spec: ExperimentSpec
    attempt: int
    sources: Sources

    def score(self, bundle: Path) -> tuple[UserTestScore | None, str]:
        """See score_on_test. It is left out after attempts that have failed, because it may be the reason."""
        if self.spec.evaluation.test is None or self.attempt <= _MOST_TESTS:
            return score_on_test(self.spec, bundle, self.sources, last=self.attempt == _MOST_TESTS)
        return (
            None,
            f"evaluation.test: the test was left out, because {self.attempt - 1} attempts to build and test the model have failed",
        )


def _publish(
    work: FinalizeWork, store: Store, facts: BundleFacts, models: Mapping[str, Path], test: _Test
) -> _Published:
    """Write the bundle, score it on the rows of `evaluation.test`, write the score into it, and store it."""
    with store.temporary_directory() as directory:
        digest = write_bundle(Path(directory), facts, models)
        score, failure = test.score(Path(directory))
        if score is not None:
            digest = write_facts(Path(directory), facts.replace(test_score=score))
        store.upload_directory(directory, _place(work))
    return _Published(digest, score, failure)


def _generated(members: Sequence[Member], models: Mapping[str, Path]) -> tuple[GeneratedFeature, ...]:
    """The generated features of all models that are worth most, by the mean of their worth, weighted as the models."""
    worth: Counter[str] = Counter()
    for member in (one for one in members if one.weight):
        for part in member.parts:
            view = read_view(models[f"{MEMBERS}/{member.trial}/{part}"] / VIEW)
            for formula in view.state["formulas"] if view.name == "generated_features" else ():
                worth[formula["name"]] += member.weight / len(member.parts) * formula["worth"]
    return tuple(
        GeneratedFeature(name=name, worth=round(share, 6)) for name, share in worth.most_common(SHOWN_FEATURES)
    )


def _model_of(store: Store, manifest: FoldManifest | RefitManifest) -> Path:
    """The directory of a model on this machine."""
    digests = {f"{manifest.directory}/{name}": digest for name, digest in manifest.files.items() if _of_model(name)}
    store.fetch(digests)
    places = [store.local_file(path, digest) for path, digest in digests.items()]
    names = [name for name in manifest.files if _of_model(name)]
    return places[0].parents[len(PurePosixPath(names[0]).parts) - 2]


def _of_model(name: str) -> bool:
    return PurePosixPath(name).parts[0] == MODEL
