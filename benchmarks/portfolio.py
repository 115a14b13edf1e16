"""Learn the learners' portfolios: the configurations that are best together on tables that no report is about.

    python benchmarks/portfolio.py [--random 24] [--write]

Each donor's rows are divided once; every candidate of every learner is trained on up to 4,000 of them, and scored on up
to 6,000 others. Then for each learner entries are added one by one, each where the best of the chosen ones and the
default gets better the most, on the average of the donors. Beside it stands what a portfolio is worth on donors that
had no say in it. A run may be stopped and goes on later; `--write` writes the entries that the product reads.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
from quality import loss
from recording import FOLDER, spec_of
from tabular_sets import DEVELOPMENT, REPORT, split
from tqdm import tqdm

from automl_api.base import Scalar
from automl_api.protocol import PrepareWork
from automl_api.resources.trial import Configuration
from automl_operator.search.space import draw
from automl_runner.data import Sources
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import Descriptor, FitContext, LearnerRefused, Shape, training_shape
from automl_runner.learners.shared import portfolio as stored
from automl_runner.learners.shared.portfolio import configured, entry_of
from automl_runner.learners.shared.threads import one_core
from automl_runner.mounts import Mounts
from automl_runner.prepare import prepare
from automl_runner.prepared import Prepared, open_prepared
from automl_runner.store.directory import DirectoryStore
from automl_runner.training import rows_of, train

NOMINAL = Shape(10_000, 20, 5, 100, 2, "binary")
"""The shape in whose space candidates are drawn."""
MOST_ENTRIES = 5
LEAST_GAIN = 0.003
"""The least gain of an entry: the mean logarithm of the loss, before and after."""
TRAIN_ROWS, SCORED_ROWS = 4_000, 6_000
DEAR = 4.0
"""A candidate is left out where it takes so many times as long as its learner's default."""
MEASURED = FOLDER / "portfolio.jsonl"
OUTPUT = Path(stored.__file__).with_name("portfolios.json")
Entry = Mapping[str, Scalar]


@dataclass(frozen=True)
class Task:
    """A candidate of a learner on a donor; the learner's default is the entry without values."""

    donor: str
    learner: str
    entry: str
    """The entry as JSON."""


def main() -> None:
    """Measure what is missing, choose, and print or write what was chosen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--random", type=int, default=24, help="random candidates of each learner")
    parser.add_argument("--write", action="store_true", help=f"write {OUTPUT.name}")
    chosen = parser.parse_args()
    check_disjoint()
    learners = {name: learner.descriptor for name, learner in LEARNERS.items() if not learner.descriptor.reads_text}
    candidates = {name: list(candidates_of(descriptor, chosen.random)) for name, descriptor in learners.items()}
    measure([Task(donor, name, entry) for donor in DEVELOPMENT for name in learners for entry in candidates[name]])
    found = read()
    portfolios = {name: report(name, candidates[name], found) for name in learners}
    if chosen.write:
        text = json.dumps({name: list(map(json.loads, entries)) for name, entries in portfolios.items()}, indent=1)
        OUTPUT.write_text(text + "\n")


def check_disjoint() -> None:
    """Raise SystemExit where a donor and a table of the report share rows."""
    donors = {value: name for name in DEVELOPMENT for value in fingerprints(DEVELOPMENT[name].read())}
    for name, table in REPORT.items():
        if shared := {donors[value] for value in fingerprints(table.read()) if value in donors}:
            raise SystemExit(f"the report's {name} shares rows with {', '.join(sorted(shared))}")


def fingerprints(frame: pd.DataFrame) -> set[int]:
    """A hash of each row, of its values as text in the order of the columns."""
    return set(pd.util.hash_pandas_object(frame.astype(str), index=False).tolist())


def candidates_of(descriptor: Descriptor, random: int) -> Iterator[str]:
    """The default, the entries in use, and random ones, as JSON."""
    generator, space, default = Random(descriptor.name), descriptor.space(NOMINAL), descriptor.default(NOMINAL)
    yield "{}"
    for parameters in descriptor.portfolio(NOMINAL):
        yield json.dumps(entry_of(parameters, space, default))
    for _ in range(random):
        drawn: dict[str, Scalar] = {}
        for parameter in space:
            drawn[parameter.name] = draw(parameter, generator)
        yield json.dumps(entry_of(drawn, space, default))


def measure(tasks: Sequence[Task]) -> None:
    """Train and score the tasks that are not measured yet."""
    known = read()
    left = [task for task in tasks if task not in known]
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with ProcessPoolExecutor(os.cpu_count()) as pool, MEASURED.open("a", encoding="utf-8") as file:
        for task, measured in zip(left, tqdm(pool.map(_measured, left), total=len(left)), strict=True):
            file.write(json.dumps([task.donor, task.learner, task.entry, *measured]) + "\n")
            file.flush()


def read() -> dict[Task, tuple[float, float]]:
    """The loss and the seconds of each task that was measured."""
    lines = MEASURED.read_text(encoding="utf-8").splitlines() if MEASURED.exists() else []
    return {Task(*row[:3]): (row[3], row[4]) for row in map(json.loads, lines)}


def _measured(task: Task) -> tuple[float, float]:
    prepared, train_on, score_on = donor(task.donor)
    descriptor, rows = LEARNERS[task.learner].descriptor, rows_of(prepared, train_on, prepared.target)
    shape = training_shape(rows, FitContext(prepared.info.task, prepared.class_count, prepared.info.metric, 0))
    parameters = configured(json.loads(task.entry), descriptor.space(shape), descriptor.default(shape))
    configuration = Configuration(learner=task.learner, view="plain", parameters=parameters)
    valid, began = rows_of(prepared, score_on, prepared.target), time.process_time()
    try:
        with one_core():
            model, _ = train(configuration, prepared, rows, valid=valid, seed=(0, 0))
            predictions = model.predict(valid.features)
    except LearnerRefused:
        return float("inf"), 0.0
    classes = np.arange(prepared.class_count).astype(str)
    return loss(prepared.info.task, pd.Series(valid.target), (predictions, classes))[1], time.process_time() - began


@cache
def donor(name: str) -> tuple[Prepared, np.ndarray, np.ndarray]:
    """A prepared table, the rows to train on, and the rows to score on."""
    parts, folder = split(name, 0), Path(tempfile.mkdtemp(prefix="portfolio-"))
    data = folder / "rows.parquet"
    parts.train.to_parquet(data)
    store = DirectoryStore(folder / "store")
    plan = prepare(PrepareWork(spec=spec_of(parts, data, 120)), store, 1, Sources(Mounts({})))
    prepared = open_prepared(store.local_directory(plan.prepared.path, plan.prepared.digest))
    order = np.random.default_rng(0).permutation(len(prepared.target))
    first = min(TRAIN_ROWS, len(order) * 6 // 10)
    return prepared, np.sort(order[:first]), np.sort(order[first : first + SCORED_ROWS])


def report(name: str, candidates: Sequence[str], found: Mapping[Task, tuple[float, float]]) -> list[str]:
    """The chosen entries of a learner; prints them with what they are worth on donors that had no say."""
    losses, seconds = (
        np.array([[found[Task(donor, name, entry)][part] for entry in candidates] for donor in DEVELOPMENT])
        for part in (0, 1)
    )
    gains = np.log(losses) - np.log(losses[:, :1])
    cheap = [place for place in range(1, len(candidates)) if (seconds[:, place] / seconds[:, 0]).mean() < DEAR]
    chosen = greedy(gains, cheap)
    held = [gains[donor, greedy(np.delete(gains, donor, 0), cheap)].min(initial=0) for donor in range(len(gains))]
    print(
        f"{name}: {len(chosen)} entries; {_mean(held)} on donors left out, {gains[:, chosen].min(1, initial=0).mean():+.3f} on all"
    )
    return [candidates[place] for place in chosen]


def greedy(gains: np.ndarray, allowed: Sequence[int]) -> list[int]:
    """The candidates that lower the mean of the donors' least values the most, one by one; shape (donors, candidates)."""
    chosen: list[int] = []
    best = np.zeros(len(gains))
    while len(chosen) < MOST_ENTRIES:
        means = {place: np.minimum(best, gains[:, place]).mean() for place in allowed if place not in chosen}
        place = min(means, key=means.__getitem__, default=None)
        if place is None or best.mean() - means[place] < LEAST_GAIN:
            break
        chosen.append(place)
        best = np.minimum(best, gains[:, place])
    return chosen


def _mean(values: Sequence[float]) -> str:
    return f"{np.mean(values):+.3f} ± {np.std(values, ddof=1) / np.sqrt(len(values)):.3f}"


if __name__ == "__main__":
    main()
