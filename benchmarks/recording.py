"""Record real fits of many configurations of one table, so that `simulate.py` can run searches over them in seconds.

    python benchmarks/recording.py [--sets adult,letter] [--random 30] [--minutes 20]

A record is the runner's own store: prepared data, and each fold with its manifest and out-of-fold predictions. Beside it
lie the predictions of each fold's model for the test rows, and the processor seconds of each fit (learners use one
core, so other programs disturb these less than the time that passes). A record may be stopped and goes on later.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import yaml
from tabular_sets import ALL, DEVELOPMENT, METRICS, Split, split
from tqdm import tqdm

from automl_api.protocol import FitWork, PrepareWork
from automl_api.resources import ExperimentSpec
from automl_api.resources.plan import LearnerPlan, PlanSpec
from automl_api.resources.trial import Configuration
from automl_model.encoding import Encoder
from automl_model.features import Features
from automl_model.fold_model import read_fold_model
from automl_operator.search.space import canonical, draw_configuration
from automl_runner.data import Sources
from automl_runner.failures import WorkFailed
from automl_runner.fit import fit
from automl_runner.fold_manifest import read_fold
from automl_runner.learners.shared.threads import one_core
from automl_runner.mounts import Mounts
from automl_runner.prepare import prepare
from automl_runner.prepared import open_prepared
from automl_runner.store.directory import DirectoryStore

FOLDER = Path(__file__).parents[1] / ".records"
PLAN, COSTS, TEST = "plan.json", "costs.jsonl", "test"


@dataclass(frozen=True)
class Task:
    """One fold of one configuration to record."""

    folder: Path
    rows: tuple[str, int]
    """The table and the number of its split, from which the test rows are read."""
    work: FitWork


def main() -> None:
    """Record what is missing of each table, for at most the given minutes a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(DEVELOPMENT), help=f"of {', '.join(ALL)}")
    parser.add_argument("--split", type=int, default=0)
    parser.add_argument("--random", type=int, default=30, help="random configurations of each learner")
    parser.add_argument("--time", type=int, default=120, help="the budget in seconds that the folds are counted for")
    parser.add_argument("--minutes", type=float, default=20.0, help="of each table")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    chosen = parser.parse_args()
    for name in chosen.sets.split(","):
        record(name, chosen.split, chosen)


def record(name: str, number: int, chosen: argparse.Namespace) -> None:
    """Prepare the table's rows once, and fit the configurations one fold after the other."""
    parts = split(name, number)
    folder = FOLDER / f"{name}-{number}-{chosen.time}s"
    plan = _plan(parts, folder, chosen.time)
    test = folder / "test.parquet"
    if not test.exists():
        parts.test.to_parquet(test)
    ends_at = time.monotonic() + 60 * chosen.minutes
    tasks = [task for task in _tasks(folder, (name, number), plan, chosen.random) if not _is_done(task)]
    # Threads of BLAS and OpenMP are limited in each child; these libraries also read the environment at their import.
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with ProcessPoolExecutor(chosen.cores) as pool, tqdm(total=len(tasks), desc=name, file=sys.stderr) as bar:
        for done in pool.map(_record_until, tasks, [ends_at] * len(tasks)):
            bar.update(done)


def _plan(parts: Split, folder: Path, seconds: int) -> PlanSpec:
    path = folder / PLAN
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        data = folder / "train.parquet"
        parts.train.to_parquet(data)
        found = prepare(PrepareWork(spec=spec_of(parts, data, seconds)), _store(folder), 1, Sources(Mounts({})))
        path.write_text(found.to_json())
    return PlanSpec.read_json(path.read_bytes())


def spec_of(parts: Split, data: Path, seconds: int) -> ExperimentSpec:
    """The experiment that a record stands for."""
    table = parts.table
    text = yaml.safe_dump(
        {
            "data": {"uri": data.as_uri()},
            "target": table.target,
            "objective": {"metric": METRICS[table.task]},
            "budget": {"time": f"{seconds}s"},
            "parallelism": os.cpu_count(),
        }
    )
    return ExperimentSpec.read_json(json.dumps(yaml.safe_load(text)))


def configurations(plan: PlanSpec, random: int) -> list[Configuration]:
    """Every learner's default and portfolio, then random ones; those of all learners in turn, none twice."""
    found = {
        one.key: one
        for column in zip_longest(*(_of_learner(learner, random) for learner in plan.learners))
        for one in column
        if one is not None
    }
    return list(found.values())


def _of_learner(learner: LearnerPlan, random: int) -> Iterator[Configuration]:
    view = learner.views[0]
    for early in learner.early_views:
        yield canonical(Configuration(view=early, learner=learner.name, parameters=learner.default), learner)
    for parameters in (learner.default, *learner.portfolio):
        yield canonical(Configuration(view=view, learner=learner.name, parameters=parameters), learner)
    generator = Random(learner.name)
    for _ in range(random):
        yield canonical(draw_configuration(learner, generator), learner)


def _tasks(folder: Path, rows: tuple[str, int], plan: PlanSpec, random: int) -> list[Task]:
    return [
        Task(folder, rows, FitWork(trial=f"{configuration.learner.replace('_', '-')}-{number}",
                                   configuration=configuration, folds=(fold,), prepared=plan.prepared, seed=number))
        for number, configuration in enumerate(configurations(plan, random))
        for fold in range(plan.folds)
    ]  # fmt: skip


def _place(task: Task) -> Path:
    return task.folder / TEST / task.work.trial / f"fold-{task.work.folds[0]}.npy"


def _is_done(task: Task) -> bool:
    return _place(task).exists()


def _record_until(task: Task, ends_at: float) -> int:
    """1 when the task was begun before the end."""
    if time.monotonic() >= ends_at:
        return 0
    with one_core():
        _record(task)
    return 1


def _record(task: Task) -> None:
    store, fold = _store(task.folder), task.work.folds[0]
    began = time.process_time()
    try:
        (result,) = fit(task.work, store, 1, lambda _: None)
    except WorkFailed as failed:
        _keep(task, {"failure": str(failed), "seconds": time.process_time() - began})
        return
    seconds = time.process_time() - began
    manifest, _ = read_fold(store, task.work.trial, fold) or (None, None)
    assert manifest is not None
    model = read_fold_model(store.root / manifest.directory / "model")
    predictions = model.predict(_test_features(task))
    _place(task).parent.mkdir(parents=True, exist_ok=True)
    _keep(task, {"seconds": seconds, "score": result.score})
    np.save(_place(task), predictions.astype(np.float32))


def _test_features(task: Task) -> Features:
    prepared = open_prepared(_store(task.folder).local_directory(task.work.prepared.path, task.work.prepared.digest))
    return Encoder.from_state(prepared.info.encoder).apply(pd.read_parquet(task.folder / "test.parquet"))


def _keep(task: Task, found: dict[str, object]) -> None:
    line = {"trial": task.work.trial, "fold": task.work.folds[0], "key": task.work.configuration.key, **found}
    with (task.folder / COSTS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _store(folder: Path) -> DirectoryStore:
    return DirectoryStore(folder / "store")


if __name__ == "__main__":
    main()
