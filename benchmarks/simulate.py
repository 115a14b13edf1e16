"""Run the real decisions and the real ensemble over records of real fits, in seconds.

    python benchmarks/simulate.py [--sets adult,letter] [--time 120] [--seeds 3] [--without lightgbm,linear]

The clock is virtual: a fit takes the processor seconds that it took when it was recorded. The first choices of the
search (defaults, portfolios) are real. A free choice becomes the nearest recorded configuration that is not tried yet.
"""

import argparse
import statistics
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from recorded import Record, RecordedTrial
from recording import FOLDER
from tabular_sets import DEVELOPMENT

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from automl_api.protocol import FitWork  # noqa: E402 - after the path of the tests is known
from automl_api.resources import Trial  # noqa: E402 - likewise
from automl_operator.search import suggest  # noqa: E402 - likewise
from automl_operator.search.suggester import Suggestion, SuggestRequest  # noqa: E402 - likewise
from automl_runner.ensemble.selection import Selected  # noqa: E402 - likewise
from builders.decisions import a_pool  # noqa: E402 - likewise
from builders.experiments import an_experiment  # noqa: E402 - likewise
from simulation.harness import Simulation  # noqa: E402 - likewise
from simulation.runners import RunnerScript  # noqa: E402 - likewise

SLOTS = 2


class RecordedScript(RunnerScript):
    """Runners whose fits take the seconds, and have the scores, of the record."""

    def __init__(self, record: Record) -> None:
        super().__init__(record.plan)
        self._trials = record.trials

    def seconds_of(self, fit: FitWork, fold: int) -> float:
        """See RunnerScript."""
        return self._trials[fit.configuration.key].seconds[fold]

    def score_of(self, fit: FitWork, fold: int) -> float:
        """See RunnerScript."""
        return self._trials[fit.configuration.key].scores[fold]


class RecordedSimulation(Simulation):
    """A search on one machine over a record."""

    def __init__(self, record: Record, *, seconds: int, seed: int, algorithm: str) -> None:
        experiment = an_experiment(time=f"{seconds}s", parallelism=SLOTS, stopping="auto")
        spec = experiment.spec.replace(search=experiment.spec.search.replace(seed=seed, algorithm=algorithm))
        script = RecordedScript(record)
        super().__init__(experiment.replace(spec=spec), script, (a_pool(slots=SLOTS),), cluster=False)
        self.began = self.now
        self.record = record

    def propose(self, request: SuggestRequest) -> list[Suggestion]:
        """The real search; what was not recorded is replaced by what was, and is left out when nothing is left."""
        taken = {seen.configuration.key for seen in request.observations}
        found = []
        for suggestion in suggest(request).suggestions:
            trial = self.record.trials.get(suggestion.configuration.key)
            if trial is None or trial.configuration.key in taken:
                trial = self.record.nearest(suggestion.configuration, taken)
            if trial is not None:
                taken.add(trial.configuration.key)
                found.append(suggestion.replace(configuration=trial.configuration))
        return found

    def finished(self) -> list[tuple[RecordedTrial, tuple[int, ...]]]:
        """The trials that the model may be made of, with their finished folds."""
        most = max((len(trial.status.folds) for trial in self.trials.values()), default=0)
        return [
            (self.record.trials[trial.spec.configuration.key], _folds(trial))
            for trial in self.trials.values()
            if most and len(trial.status.folds) == most
        ]


@dataclass(frozen=True)
class Simulated:
    """The outcome of one simulated search."""

    loss: float
    """On the test rows."""
    seconds: float
    trials: int
    complete: int
    selected: Selected


def search(record: Record, *, seconds: int, seed: int, algorithm: str = "bayesian") -> RecordedSimulation:
    """One search over a record, to its end."""
    simulation = RecordedSimulation(record, seconds=seconds, seed=seed, algorithm=algorithm)
    simulation.run(3.0 * seconds)
    return simulation


def simulate(record: Record, *, seconds: int, seed: int, algorithm: str = "bayesian") -> Simulated:
    """One search over a record, and the model that is made of it."""
    simulation = search(record, seconds=seconds, seed=seed, algorithm=algorithm)
    finished = simulation.finished()
    selected = record.select(finished, seed)
    return Simulated(
        record.test_loss(selected), simulation.now - simulation.began, len(simulation.trials), len(finished), selected
    )


def whole(record: Record, seed: int) -> Selected:
    """The ensemble of all recorded trials, as if there were time for every one of them."""
    folds = tuple(range(record.plan.folds))
    return record.select([(trial, folds) for trial in record.trials.values()], seed)


def weights(selected: Selected) -> str:
    """The learners of an ensemble with their weights."""
    total: Counter[str] = Counter()
    for one in selected.published.chosen:
        total[one.candidate.configuration.learner] += one.weight
    return ", ".join(f"{learner} {weight:.2f}" for learner, weight in total.most_common())


def _folds(trial: Trial) -> tuple[int, ...]:
    return tuple(fold.fold for fold in trial.status.folds)


def main() -> None:
    """Print a line for each table, and the ensemble of everything that was recorded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(DEVELOPMENT))
    parser.add_argument("--split", type=int, default=0)
    parser.add_argument("--recorded", type=int, default=120, help="the budget that the record was made for")
    parser.add_argument("--time", type=int, default=120)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--without", default="", help="learners and views to leave out")
    chosen = parser.parse_args()
    without = frozenset(chosen.without.split(",")) - {""}
    for name in chosen.sets.split(","):
        record = Record(FOLDER / f"{name}-{chosen.split}-{chosen.recorded}s", without)
        runs = [simulate(record, seconds=chosen.time, seed=seed) for seed in range(chosen.seeds)]
        everything = whole(record, 0)
        mean = statistics.fmean(run.loss for run in runs)
        last = runs[-1]
        print(
            f"{name:12} {mean:.5g} ({', '.join(f'{run.loss:.5g}' for run in runs)}), {last.seconds:.0f} s,"
            f" {last.complete} of {last.trials} trials complete: {weights(last.selected)}\n"
            f"{'':12} all {len(record.trials)} recorded: {record.test_loss(everything):.5g}, {weights(everything)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
