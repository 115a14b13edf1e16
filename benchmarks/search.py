"""Search efficiency: the regret after n trials on 12 real tables (`hpo_tables`), for ours, random and Optuna's search.

    python benchmarks/search.py                                     # ours, random and Optuna's TPE; 60 trials, 4 seeds
    python benchmarks/search.py --methods ours,random,tpe,gp --seeds 10 --jobs 2     # gp needs torch
    python benchmarks/search.py --methods gp --results runs.jsonl   # one more method, reported with the existing runs

Every method sees one replicate a trial, with its real noise. Its incumbent is scored by the mean over all replicates:
regret 0 is the optimum, 1 the median of all configurations. Ours is the real `search.suggest`, called for one trial at
a time. It starts from the middle of the space, the learner's default; Optuna's samplers start with their own 10 random
trials. The requirement: at 40 trials our mean regret is below half of random's wherever the TPE's is.
"""

import argparse
import json
import statistics
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from hpo_tables import Table, load_table, table_names

from automl_api.base import Scalar
from automl_operator.search import suggest
from automl_operator.search.suggester import Observation, SuggestRequest

MARKS = (10, 20, 40, 60)
"""Numbers of trials at which the regret is reported."""
HELD = 40
"""The number of trials that the requirement is about."""

Places = dict[str, Scalar]
Propose = Callable[[], tuple[Places, Callable[[float], None]]]
"""Returns the next configuration, and the function that takes its loss."""


@dataclass(frozen=True)
class Run:
    """One method on one table with one seed."""

    method: str
    family: str
    table: str
    seed: int
    regrets: list[float]
    """The incumbent's regret after each trial."""
    seconds: list[float]
    """The time of each suggestion."""


def ours(table: Table, seed: int) -> Propose:
    """The product's search, which gets all observations each time."""
    seen: list[Observation] = []

    def propose() -> tuple[Places, Callable[[float], None]]:
        request = SuggestRequest(
            algorithm="bayesian",
            seed=seed,
            next_index=len(seen),
            count=1,
            total_folds=1,
            learners=(table.learner,),
            observations=tuple(seen),
        )
        (suggestion,) = suggest(request).suggestions

        def tell(loss: float) -> None:
            seen.append(Observation(**suggestion.model_dump(), state="complete", loss=loss, folds=1))

        return suggestion.configuration.parameters, tell

    return propose


def optunas(sampler: str) -> Callable[[Table, int], Propose]:
    """A sampler of Optuna by the name of its class, with default settings."""

    def start(table: Table, seed: int) -> Propose:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = optuna.create_study(sampler=getattr(optuna.samplers, sampler)(seed=seed))

        def propose() -> tuple[Places, Callable[[float], None]]:
            trial = study.ask()
            places: Places = {
                parameter.name: trial.suggest_categorical(parameter.name, parameter.choices)
                if parameter.type == "choice"
                else trial.suggest_int(parameter.name, 0, int(parameter.high or 0))
                for parameter in table.learner.space
            }

            def tell(loss: float) -> None:
                study.tell(trial, loss)

            return places, tell

        return propose

    return start


METHODS: dict[str, Callable[[Table, int], Propose]] = {
    "ours": ours,
    "random": optunas("RandomSampler"),
    "tpe": optunas("TPESampler"),
    "gp": optunas("GPSampler"),
}


def run(method: str, table: Table, seed: int, trials: int) -> Run:
    """Let a method propose trials, and record its incumbent's regret after each."""
    propose = METHODS[method](table, seed)
    generator = np.random.default_rng(1000 + seed)
    best, incumbent = float("inf"), None
    regrets, seconds = [], []
    for _ in range(trials):
        start = time.perf_counter()
        places, tell = propose()
        seconds.append(round(time.perf_counter() - start, 5))
        loss = table.observe(places, generator)
        tell(loss)
        if incumbent is None or loss < best:
            best, incumbent = loss, places
        regrets.append(round(table.regret(incumbent), 5))
    return Run(method, table.family, table.name, seed, regrets, seconds)


def report(runs: list[Run]) -> Iterator[str]:
    """Tables of mean regrets and their ratios to random's, by family and in total, then the requirement."""
    methods = list(dict.fromkeys(run_.method for run_ in runs))
    seeds = set.intersection(*({run_.seed for run_ in runs if run_.method == method} for method in methods))
    runs = [run_ for run_ in runs if run_.seed in seeds]  # only the seeds that every method has
    marks = [mark for mark in MARKS if mark <= min(len(run_.regrets) for run_ in runs)]
    yield f"mean regret (ratio to random's) over {len(seeds)} seeds, after {' / '.join(map(str, marks))} trials"
    families = list(dict.fromkeys(run_.family for run_ in runs))
    for title, group in [
        *((family, [run_ for run_ in runs if run_.family == family]) for family in families),
        ("all", runs),
    ]:
        for method in methods:
            cells = [_cell(group, method, mark) for mark in marks]
            yield f"{title:10} {method:8} {'  '.join(cells)}"
    for method in methods:
        spent = [second for run_ in runs if run_.method == method for second in run_.seconds]
        yield f"{method:8} ms a suggestion: mean {1000 * statistics.fmean(spent):.1f}, worst {1000 * max(spent):.0f}"
    if {"ours", "random", "tpe"} <= set(methods) and HELD in marks:
        yield from _requirement(runs)


def _requirement(runs: list[Run]) -> Iterator[str]:
    """Lines by table and family: the TPE's regret and ours, relative to random's, and where the requirement is due."""
    short = []
    groups = defaultdict(list)
    for run_ in runs:
        groups[f"{run_.family} {run_.table}"].append(run_)
        groups[f"{run_.family}, all tables"].append(run_)
    yield f"at {HELD} trials, as a ratio to random's regret:"
    for title, group in groups.items():
        tpe, us = _ratio(group, "tpe", HELD), _ratio(group, "ours", HELD)
        due = tpe < 0.5
        short += [title] if due and us >= 0.5 else []
        yield f"  {title:36} tpe {tpe:5.2f}  ours {us:5.2f}  {'due: ' + ('kept' if us < 0.5 else 'NOT KEPT') if due else ''}"
    yield "kept wherever the TPE's is below half" if not short else f"not kept: {', '.join(short)}"


def _mean(runs: list[Run], method: str, mark: int) -> float:
    return statistics.fmean(run_.regrets[mark - 1] for run_ in runs if run_.method == method)


def _ratio(runs: list[Run], method: str, mark: int) -> float:
    return _mean(runs, method, mark) / max(_mean(runs, "random", mark), 1e-12)


def _cell(runs: list[Run], method: str, mark: int) -> str:
    has_random = any(run_.method == "random" for run_ in runs)
    ratio = f"({_ratio(runs, method, mark):4.2f})" if has_random else ""
    return f"{_mean(runs, method, mark):.4f} {ratio}"


def _on_table(family: str, name: str, methods: list[str], seeds: range, trials: int) -> list[Run]:
    warnings.simplefilter("ignore")  # Optuna's samplers warn about experimental features
    table = load_table(family, name)
    return [run(method, table, seed, trials) for method in methods for seed in seeds]


def _run_all(methods: list[str], seeds: range, trials: int, jobs: int) -> list[Run]:
    with ProcessPoolExecutor(jobs) as pool:
        work = [pool.submit(_on_table, family, name, methods, seeds, trials) for family, name in table_names()]
        return [run_ for future in work for run_ in future.result()]


def main() -> None:
    """Run the chosen methods, then report them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", default="ours,random,tpe", help=f"of {', '.join(METHODS)}")
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=0, help="choose seeds on which no settings were tuned")
    parser.add_argument("--jobs", type=int, default=1, help="tables at a time, a process each")
    parser.add_argument(
        "--results", type=Path, help="add every run to this file, a line of JSON each, and report them all"
    )
    parser.add_argument("--report", action="store_true", help="run nothing, only report the runs in --results")
    arguments = parser.parse_args()
    if arguments.report and not arguments.results:
        parser.error("--report needs --results FILE: the runs to report")
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    runs = [] if arguments.report else _run_all(arguments.methods.split(","), seeds, arguments.trials, arguments.jobs)
    if arguments.results:
        with arguments.results.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(run_)) + "\n" for run_ in runs)
        runs = [Run(**json.loads(line)) for line in arguments.results.read_text(encoding="utf-8").splitlines()]
    print("\n".join(report(runs)))


if __name__ == "__main__":
    main()
