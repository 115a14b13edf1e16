"""All of a runner's work on one table, in this process: prepare, fit, refit, publish."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl_api.protocol import Candidate, FinalizeWork, FitWork, RefitWork
from automl_api.resources.trial import Configuration, FoldResult, RefitResult
from automl_model import Predictor, load_model
from automl_runner.finalize import finalize
from automl_runner.fit import fit
from automl_runner.learners.learner import unlimited
from automl_runner.refit import refit
from builders.preparing import PreparedRun, a_spec, prepare_table

LINEAR = Configuration(learner="linear", parameters={"strength": 1.0})
TREES = Configuration(learner="extra_trees", view="target_encoding", parameters={"max_leaf_nodes": 20})
BOOSTED = Configuration(learner="lightgbm", parameters={"learning_rate": 0.3, "num_leaves": 4})


def rows_of(target: str, rows: int = 240) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    signal = generator.normal(size=rows)
    frame = pd.DataFrame({"a": signal + generator.normal(size=rows), "b": generator.choice(list("xyz"), rows)})
    labels = {
        "text": np.where(signal > 0, "yes", "no"),
        "truth": signal > 0,
        "whole": np.digitize(signal, [-0.5, 0.5]) * 10,
    }
    frame["y"] = labels.get(target, signal * 100)
    return frame


class Pipeline:
    """A prepared table and the steps that lead to its model; the table is `rows_of` a target by default."""

    def __init__(self, place: Path, target: str = "text", frame: pd.DataFrame | None = None, **changes: Any) -> None:
        self.frame = rows_of(target) if frame is None else frame
        self.run: PreparedRun = prepare_table(self.frame.to_dict("list"), place, **changes)
        self.spec = a_spec(place / "rows.parquet", **changes)
        self.place = place
        self.candidates: list[Candidate] = []

    def fit(self, configuration: Configuration, folds: tuple[int, ...] | None = None) -> tuple[FoldResult, ...]:
        chosen = folds if folds is not None else tuple(range(self.run.plan.folds))
        name = f"{configuration.learner}-{len(self.candidates)}"
        self.candidates.append(Candidate(trial=name, configuration=configuration, folds=chosen))
        return self.again(name, configuration, chosen)

    def again(
        self,
        name: str,
        configuration: Configuration,
        folds: tuple[int, ...],
        seconds_left: Callable[[], float] = unlimited,
    ) -> tuple[FoldResult, ...]:
        work = FitWork(trial=name, configuration=configuration, folds=folds, prepared=self.run.plan.prepared, seed=0)
        reported: list[FoldResult] = []
        results = fit(work, self.run.store, 1, reported.append, seconds_left)
        assert tuple(reported) == results
        return results

    def refit(self, number: int = 0, share: float = 1.0) -> RefitResult:
        """Train a candidate on all rows, or on a share; `publish` may use the result from now on."""
        candidate = self.candidates[number]
        work = RefitWork(
            trial=candidate.trial,
            configuration=candidate.configuration,
            folds=candidate.folds,
            prepared=self.run.plan.prepared,
            seed=0,
            share=share,
        )
        result = refit(work, self.run.store, 1)
        assert refit(work, self.run.store, 2) == result
        self.candidates[number] = candidate.replace(refit=True)
        return result

    def publish(self, attempt: int = 1) -> Predictor:
        work = FinalizeWork(
            prepared=self.run.plan.prepared, candidates=tuple(self.candidates), model="m", spec=self.spec
        )
        self.model = finalize(work, self.run.store, attempt)
        assert finalize(work, self.run.store, attempt + 1) == self.model or attempt > 1
        return load_model(self.run.store.local_directory("models/m"))
