"""Is the reported score honest? With permuted labels nothing can be learnt, so the reported AUC must be 0.5.

For each seed: a small table whose labels are permuted, 100 random configurations of three learners fitted on every
fold, and `finalize` in process. Counts how often the reported 95 % interval contains 0.5.

    python benchmarks/honesty.py --seeds 20 --rows 400 --trials 100
"""

import argparse
import json
import math
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from automl_api.base import Scalar
from automl_api.protocol import Candidate, FinalizeWork, FitWork, PrepareWork
from automl_api.resources.experiment import (
    BudgetSpec,
    DataSpec,
    EvaluationSpec,
    ExperimentSpec,
    LearnersSpec,
    ObjectiveSpec,
    StoreSpec,
)
from automl_api.resources.plan import PlanSpec
from automl_api.resources.search_space import Parameter
from automl_api.resources.trial import Configuration
from automl_runner.finalize import finalize
from automl_runner.fit import fit
from automl_runner.premises import Premises
from automl_runner.prepare import prepare
from automl_runner.store import open_store

LEARNERS = ("lightgbm", "linear", "extra_trees")


def permuted(rows: int, seed: int) -> pd.DataFrame:
    """Five numbers and two categories that explained the label before it was permuted."""
    generator = np.random.default_rng(seed)
    numbers = generator.normal(size=(rows, 5))
    frame = pd.DataFrame(numbers, columns=[f"number_{place}" for place in range(5)])
    frame["colour"] = generator.choice(["red", "green", "blue", "grey"], rows)
    frame["town"] = generator.choice([f"town {place}" for place in range(20)], rows)
    label = numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + (frame["colour"] == "red") > 0.8
    frame["label"] = np.where(generator.permutation(label), "yes", "no")
    return frame


def draw(parameter: Parameter, generator: np.random.Generator) -> Scalar:
    """A random value of a parameter."""
    if parameter.type == "choice":
        return parameter.choices[int(generator.integers(len(parameter.choices)))]
    assert parameter.low is not None
    assert parameter.high is not None
    if parameter.log:
        value = math.exp(generator.uniform(math.log(parameter.low), math.log(parameter.high)))
    else:
        value = generator.uniform(parameter.low, parameter.high)
    return round(value) if parameter.type == "int" else value


def configurations(plan: PlanSpec, count: int, generator: np.random.Generator) -> list[Configuration]:
    """Random configurations, the learners in turn."""
    chosen = []
    for number in range(count):
        learner = plan.learners[number % len(plan.learners)]
        parameters = {parameter.name: draw(parameter, generator) for parameter in learner.space}
        view = learner.views[int(generator.integers(len(learner.views)))]
        chosen.append(Configuration(learner=learner.name, view=view, parameters=parameters))
    return chosen


def run(seed: int, rows: int, trials: int, metric: str) -> dict[str, Any]:
    """One experiment on permuted labels."""
    with tempfile.TemporaryDirectory() as directory:
        path, place = Path(directory) / "rows.csv", StoreSpec(uri=f"file:{directory}/store")
        permuted(rows, seed).to_csv(path, index=False)
        spec = ExperimentSpec(
            data=DataSpec(uri=f"file:{path}"), target="label", positive_class="yes", store=place,
            learners=LearnersSpec(include=LEARNERS), budget=BudgetSpec(time="1h"),
            objective=ObjectiveSpec(metric=metric), evaluation=EvaluationSpec(holdout="none"),
        )  # fmt: skip
        store = open_store(place, Premises())
        plan = prepare(PrepareWork(spec=spec), store, 1)
        folds, candidates = tuple(range(plan.folds)), []
        for number, configuration in enumerate(configurations(plan, trials, np.random.default_rng(seed))):
            name = f"trial-{number}"
            work = FitWork(trial=name, configuration=configuration, folds=folds, prepared=plan.prepared, seed=seed)
            fit(work, store, 1, lambda _: None)
            candidates.append(Candidate(trial=name, configuration=configuration, folds=folds))
        work_left = FinalizeWork(prepared=plan.prepared, candidates=tuple(candidates), model="honesty", spec=spec)
        started = time.monotonic()
        model = finalize(work_left, store, 1)
    return {
        "seed": seed, "folds": plan.folds, "value": model.score.value, "low": model.score.low,
        "high": model.score.high, "members": len(model.members), "finalize_seconds": time.monotonic() - started,
    }  # fmt: skip


def main() -> None:
    """Run all seeds and print a line each, then the count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    with ProcessPoolExecutor(options.workers) as pool:
        waiting = [pool.submit(run, seed, options.rows, options.trials, "roc_auc") for seed in seeds]
        for one in as_completed(waiting):
            print(json.dumps({key: round(value, 4) for key, value in one.result().items()}), flush=True)
    results = [one.result() for one in waiting]
    contained = sum(result["low"] <= 0.5 <= result["high"] for result in results)
    mean = float(np.mean([result["value"] for result in results]))
    print(f"0.5 lies in {contained} of {len(results)} intervals; mean AUC {mean:.4f}")


if __name__ == "__main__":
    main()
