"""Learn the learners' portfolios: the configurations that are best together on tables that no report is about.

    python benchmarks/portfolio.py [--measure] [--random 16] [--write]

`--measure` divides each donor's rows once, trains every candidate of every learner on up to 4,000 of them, and scores it
on up to 6,000 others; a run that was stopped goes on. Candidates are the entries in use and random ones. Then for each
learner entries are chosen one by one, each where the best of the chosen ones and the default gets better the most, on
the average of the donors. They replace the entries in use only where they are better on donors that had no say in the
choice. `--write` writes the entries that the product reads.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from quality import loss
from recording import spec_of
from tabular_sets import DEVELOPMENT, REPORT, split
from tqdm import tqdm

from automl_api.protocol import PrepareWork
from automl_api.resources.trial import Configuration
from automl_operator.search.space import draw
from automl_runner.data import Sources
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import Descriptor, FitContext, LearnerRefused, Shape, training_shape
from automl_runner.learners.shared.portfolio import Entry, Portfolios, configured, entry_of
from automl_runner.learners.shared.threads import one_core
from automl_runner.mounts import Mounts
from automl_runner.prepare import prepare
from automl_runner.prepared import open_prepared
from automl_runner.store.directory import DirectoryStore
from automl_runner.training import rows_of, train

if TYPE_CHECKING:
    from automl_api.base import Scalar

NOMINAL = Shape(10_000, 20, 5, 100, 2, "binary")
"""The shape in whose space candidates are drawn."""
TRAIN_ROWS, SCORED_ROWS = 4_000, 6_000
MOST_TIMES = 4.0
"""A candidate that takes more times as long as its learner's default is not chosen."""
LEAST_SPREAD = 0.005
"""The least difference of logarithms that counts as the spread of a donor's candidates."""
MEASURED = Path(__file__).parent / "results" / "portfolio.jsonl"
OUTPUT = Path(__file__).parents[1] / "trial_runner/automl_runner/learners/shared/portfolios.json"
IN_USE, RANDOM = "in use", "random"
Changes = NDArray[np.float64]
"""The logarithm of each candidate's loss less the default's; shape (donors, candidates). Below 0 is better."""


@dataclass(frozen=True)
class Candidate:
    """A candidate of a learner on a donor. The entry of the default, as JSON, is {}."""

    donor: str
    learner: str
    origin: str
    entry: str


@dataclass(frozen=True)
class Donor:
    """A donor's prepared table."""

    directory: Path

    @classmethod
    def prepared(cls, name: str, place: Path) -> "Donor":
        """Prepare a table in a folder."""
        parts, data = split(name, 0), place / f"{name}.parquet"
        parts.train.to_parquet(data)
        store = DirectoryStore(place / name)
        plan = prepare(PrepareWork(spec=spec_of(parts, data, 120)), store, 1, Sources(Mounts({})))
        return cls(store.local_directory(plan.prepared.path, plan.prepared.digest))

    @staticmethod
    def rows(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows to train on and the rows to score on, of so many."""
        order = np.random.default_rng(0).permutation(count)
        first = min(TRAIN_ROWS, count * 6 // 10)
        return np.sort(order[:first]), np.sort(order[first : first + SCORED_ROWS])


def main() -> None:
    """Measure if asked to, choose, and print or write what was chosen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--random", type=int, default=16, help="random candidates of each learner")
    parser.add_argument("--write", action="store_true", help=f"write {OUTPUT.name}")
    asked = parser.parse_args()
    check_disjoint()
    if asked.measure:
        learners = [one.descriptor for one in LEARNERS.values() if not one.descriptor.reads_text]
        measure(
            [one for donor in DEVELOPMENT for learner in learners for one in candidates(donor, learner, asked.random)]
        )
    text = portfolios(read())
    if asked.write:
        OUTPUT.write_text(text)


def check_disjoint() -> None:
    """Raise SystemExit where a donor and a table of the report share rows."""
    donors = {value: name for name in DEVELOPMENT for value in fingerprints(DEVELOPMENT[name].read())}
    for name, table in REPORT.items():
        if shared := {donors[value] for value in fingerprints(table.read()) if value in donors}:
            raise SystemExit(f"the report's {name} shares rows with {', '.join(sorted(shared))}")


def fingerprints(frame: pd.DataFrame) -> set[int]:
    """A hash of each row, of its values as text in the order of the columns."""
    return set(pd.util.hash_pandas_object(frame.astype(str), index=False).tolist())


def candidates(donor: str, descriptor: Descriptor, random: int) -> Iterator[Candidate]:
    """The default, the entries in use, and random ones."""
    generator, space, default = Random(descriptor.name), descriptor.space(NOMINAL), descriptor.default(NOMINAL)
    yield Candidate(donor, descriptor.name, IN_USE, Entry().to_json())
    for parameters in descriptor.portfolio(NOMINAL):
        yield Candidate(donor, descriptor.name, IN_USE, entry_of(parameters, space, default).to_json())
    for _ in range(random):
        drawn: dict[str, Scalar] = {parameter.name: draw(parameter, generator) for parameter in space}
        yield Candidate(donor, descriptor.name, RANDOM, entry_of(drawn, space, default).to_json())


def measure(wanted: Sequence[Candidate]) -> None:
    """Train and score the candidates that are not measured yet."""
    known = read()
    left = [one for one in wanted if one not in known]
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with (
        tempfile.TemporaryDirectory(prefix="portfolio-") as name,
        ProcessPoolExecutor(os.cpu_count()) as pool,
        MEASURED.open("a", encoding="utf-8") as file,
    ):
        donors = {donor: Donor.prepared(donor, Path(name)) for donor in {one.donor for one in left}}
        results = pool.map(_measured, left, [donors[one.donor] for one in left])
        for one, measured in zip(left, tqdm(results, total=len(left)), strict=True):
            file.write(json.dumps([one.donor, one.learner, one.origin, one.entry, *measured]) + "\n")
            file.flush()


def read() -> dict[Candidate, tuple[float, float]]:
    """The loss and the seconds of each candidate that was measured."""
    lines = MEASURED.read_text(encoding="utf-8").splitlines() if MEASURED.exists() else []
    return {Candidate(*row[:4]): (row[4], row[5]) for row in map(json.loads, lines)}


def _measured(candidate: Candidate, donor: Donor) -> tuple[float, float]:
    prepared = open_prepared(donor.directory)
    train_on, score_on = donor.rows(len(prepared.target))
    descriptor, rows = LEARNERS[candidate.learner].descriptor, rows_of(prepared, train_on, prepared.target)
    shape = training_shape(rows, FitContext(prepared.info.task, prepared.class_count, prepared.info.metric, 0))
    parameters = configured(Entry.read_json(candidate.entry), descriptor.space(shape), descriptor.default(shape))
    configuration = Configuration(learner=candidate.learner, view="plain", parameters=parameters)
    valid, began = rows_of(prepared, score_on, prepared.target), time.process_time()
    try:
        with one_core():
            model, _ = train(configuration, prepared, rows, valid=valid, seed=(0, 0))
            predictions = model.predict(valid.features)
    except LearnerRefused:
        return float("inf"), 0.0
    classes = np.arange(prepared.class_count).astype(str)
    return loss(prepared.info.task, pd.Series(valid.target), (predictions, classes))[1], time.process_time() - began


def portfolios(found: Mapping[Candidate, tuple[float, float]]) -> str:
    """The portfolios that follow from what was measured, as JSON; prints what they are worth."""
    print("| learner | in use | random | learned | learned less in use | entries |\n|---|---:|---:|---:|---:|---|")
    names = sorted({one.learner for one in found})
    kept = {name: chosen(name, Pool.of(name, found)) for name in names}
    return json.dumps(Portfolios(learners=kept).to_dict(), indent=1) + "\n"


@dataclass(frozen=True)
class Pool:
    """A learner's candidates but the default: their entries, changes and costs. The first `used` ones are in use."""

    entries: tuple[str, ...]
    used: int
    changes: Changes
    affordable: tuple[int, ...]

    @classmethod
    def of(cls, learner: str, found: Mapping[Candidate, tuple[float, float]]) -> "Pool":
        """The candidates that were measured on every donor."""
        first = {(one.entry, one.origin): None for one in found if one.learner == learner}
        kinds = [
            kind for kind in first if all(Candidate(donor, learner, kind[1], kind[0]) in found for donor in DEVELOPMENT)
        ]
        values = np.array([[found[Candidate(d, learner, o, e)] for e, o in kinds] for d in DEVELOPMENT])
        changes = np.log(values[:, 1:, 0]) - np.log(values[:, :1, 0])
        times = (values[:, 1:, 1] / values[:, :1, 1]).mean(axis=0)
        used = sum(origin == IN_USE for _, origin in kinds) - 1
        return cls(tuple(e for e, _ in kinds[1:]), used, changes, tuple(np.flatnonzero(times <= MOST_TIMES).tolist()))


def chosen(learner: str, pool: Pool) -> tuple[Entry, ...]:
    """The learned entries where they are better than those in use, else those in use; as many."""
    changes = pool.changes
    in_use = best_of(changes, range(pool.used))
    learned = np.array([
        best_of(changes[donor : donor + 1], greedy(np.delete(changes, donor, 0), pool.affordable, pool.used))[0]
        for donor in range(len(changes))
    ])  # fmt: skip
    spread = np.maximum(-changes.min(axis=1), LEAST_SPREAD)
    better = all(
        mean + error < 0 for mean, error in map(mean_with_error, (learned - in_use, (learned - in_use) / spread))
    )
    places = greedy(changes, pool.affordable, pool.used) if better else range(pool.used)
    mean, error = mean_with_error(learned - in_use)
    cells = (in_use.mean(), of_random(changes, pool.affordable, pool.used), learned.mean())
    figures = " | ".join(f"{value:+.3f}" for value in cells)
    print(f"| {learner} | {figures} | {mean:+.3f} ± {error:.3f} | {'learned' if better else 'in use'} |")
    return tuple(Entry.read_json(pool.entries[place]) for place in places)


def best_of(changes: Changes, places: Sequence[int]) -> NDArray[np.float64]:
    """For each donor the change by the best of some candidates and the default."""
    return np.asarray(changes[:, list(places)].min(axis=1, initial=0.0))


def greedy(changes: Changes, allowed: Sequence[int], count: int) -> list[int]:
    """The candidates that lower the mean of the donors' best changes the most, one by one."""
    found: list[int] = []
    while len(found) < min(count, len(allowed)):
        left = [place for place in allowed if place not in found]
        found.append(min(left, key=lambda place: best_of(changes, [*found, place]).mean()))
    return found


def of_random(changes: Changes, allowed: Sequence[int], count: int) -> float:
    """The mean change by so many candidates that are drawn at random."""
    generator = np.random.default_rng(0)
    draws = (generator.choice(allowed, count, replace=False) for _ in range(300))
    return float(np.mean([best_of(changes, places.tolist()).mean() for places in draws]))


def mean_with_error(values: NDArray[Any]) -> tuple[float, float]:
    """The mean and its standard error."""
    return float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values)))


if __name__ == "__main__":
    main()
