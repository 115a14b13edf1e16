"""Check in two ways, over many experiments, that the reported score is honest.

With permuted labels nothing can be learnt. So the 95 % interval of the AUC that the default path reports (Bayesian
search, stopping by the median, an ensemble) must contain 0.5. With simulated data (`simulated_splits`) the truth is
known. The interval must contain the published model's score on a large fresh sample, for every kind of split, and must
not be wider than necessary.

    python benchmarks/honesty.py permuted --seeds 20 --rows 400 --trials 40
    python benchmarks/honesty.py splits --seeds 100 --rows 600
"""

import argparse
import json
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import product
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
import simulated_splits
from in_process import InProcess

from automl_api.resources import Experiment, ObjectMeta
from automl_api.resources.experiment import (
    BudgetSpec,
    DataSpec,
    EvaluationSpec,
    ExperimentSpec,
    LearnersSpec,
    StoreSpec,
)

LEARNERS = ("lightgbm", "linear", "extra_trees")


def permuted(rows: int, seed: int) -> pd.DataFrame:
    """A table with five numbers and two categories that explained the label before it was permuted."""
    generator = np.random.default_rng(seed)
    numbers = generator.normal(size=(rows, 5))
    frame = pd.DataFrame(numbers, columns=[f"number_{place}" for place in range(5)])
    frame["colour"] = generator.choice(["red", "green", "blue", "grey"], rows)
    frame["town"] = generator.choice([f"town {place}" for place in range(20)], rows)
    label = numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + (frame["colour"] == "red") > 0.8
    frame["label"] = np.where(generator.permutation(label), "yes", "no")
    return frame


def default_path(seed: int, rows: int, trials: int) -> dict[str, Any]:
    """Run one experiment on permuted labels, from its data to its model."""
    with tempfile.TemporaryDirectory() as directory:
        path, place = Path(directory) / "rows.csv", StoreSpec(uri=f"file:{directory}/store")
        permuted(rows, seed).to_csv(path, index=False)
        spec = ExperimentSpec(
            data=DataSpec(uri=f"file:{path}"), target="label", positive_class="yes", parallelism=1,
            learners=LearnersSpec(include=LEARNERS), budget=BudgetSpec(time="10h", trials=trials, patience=trials),
            evaluation=EvaluationSpec(holdout="none"),
        )  # fmt: skip
        begun = time.monotonic()
        model = InProcess(Experiment(metadata=ObjectMeta(name="permuted", uid=str(seed)), spec=spec), place).run()
    score = model.spec.score
    return {
        "seed": seed, "value": score.value, "low": score.low, "high": score.high, "members": len(model.spec.members),
        "seconds": time.monotonic() - begun,
    }  # fmt: skip


def splits(seeds: int, first_seed: int, rows: int, workers: int) -> None:
    """Print a line for each kind of split and metric."""
    kinds = product(simulated_splits.DEPENDENCES, simulated_splits.SPLITS, simulated_splits.METRICS)
    with ProcessPoolExecutor(workers) as pool:
        for dependence, split, metric in kinds:
            found = simulated_splits.outcomes(
                pool, dependence, split, metric, runs=seeds, rows=rows, first_seed=first_seed
            )
            line = {
                "dependence": dependence, "split": split, "metric": metric, "experiments": seeds,
                "holds": sum(outcome.holds for outcome in found),
                "width": round(simulated_splits.relative_width(found), 3),
            }  # fmt: skip
            print(json.dumps(line), flush=True)


def permutations(seeds: int, first_seed: int, rows: int, trials: int, workers: int) -> None:
    """Print a line for each seed, then the count."""
    numbers = range(first_seed, first_seed + seeds)
    with ProcessPoolExecutor(workers) as pool:
        waiting = [pool.submit(default_path, seed, rows, trials) for seed in numbers]
        for future in as_completed(waiting):
            print(json.dumps({key: round(value, 4) for key, value in future.result().items()}), flush=True)
    results = [future.result() for future in waiting]
    contained = sum(result["low"] <= 0.5 <= result["high"] for result in results)
    mean = float(np.mean([result["value"] for result in results]))
    print(f"0.5 is in {contained} of {len(results)} intervals; mean AUC {mean:.4f}")


def main() -> None:
    """Run one of the two checks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("question", choices=("permuted", "splits"))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=400)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    if chosen.question == "splits":
        splits(chosen.seeds, chosen.first_seed, chosen.rows, chosen.workers)
    else:
        permutations(chosen.seeds, chosen.first_seed, chosen.rows, chosen.trials, chosen.workers)


if __name__ == "__main__":
    main()
