"""A model published from a file of rows, by the real prepare, fit and finalize, in under a second."""

from pathlib import Path
from typing import Any

from automl_api.protocol import Candidate, FinalizeWork, FitWork
from automl_api.resources.trial import Configuration
from automl_model import Predictor, load_model
from automl_runner.finalize import finalize
from automl_runner.fit import fit
from builders.preparing import a_spec, prepare_file

LINEAR = Configuration(learner="linear", parameters={"strength": 1.0})


def a_loaded_model(path: Path, place: Path, target: str = "y", **changes: Any) -> Predictor:
    """A linear model of a file's rows; `changes` of the spec are in the camelCase of manifests."""
    place.mkdir(parents=True, exist_ok=True)
    run = prepare_file(path, place, target, **changes)
    folds = tuple(range(run.plan.folds))
    work = FitWork(trial="linear-0", configuration=LINEAR, folds=folds, prepared=run.plan.prepared, seed=0)
    fit(work, run.store, 1, lambda _: None)
    candidate = Candidate(trial="linear-0", configuration=LINEAR, folds=folds)
    spec = a_spec(path, target, **changes)
    finalize(FinalizeWork(prepared=run.plan.prepared, candidates=(candidate,), model="m", spec=spec), run.store, 1)
    return load_model(run.store.local_directory("models/m"))
