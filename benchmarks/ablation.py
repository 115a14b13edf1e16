"""What each part of the product is worth: searches over records, once with everything and once without each part.

    python benchmarks/ablation.py [--sets adult,letter] [--time 120] [--seeds 3]

Every search makes the product's own decisions, choices and ensemble under a virtual clock (`simulate.py`), over fits
that `recording.py` recorded. Prints a table, and keeps the figures in benchmarks/results/ablation.json.
"""

import argparse
import json
import math
import statistics
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from recorded import Record
from recording import FOLDER
from simulate import RecordedSimulation, simulate
from tabular_sets import DEVELOPMENT
from tqdm import tqdm

from automl_api.metrics import METRICS
from automl_model.stack import Stack
from automl_runner.ensemble.selection import Selected

RESULTS = Path(__file__).parent / "results" / "ablation.json"
WHOLE = "everything"


@dataclass(frozen=True)
class Variant:
    """The product without a part, or with another budget."""

    without: frozenset[str] = frozenset()
    portfolio: bool = True
    one_fold: bool = False
    algorithm: str = "bayesian"
    ensemble: bool = True
    stack: bool = True
    time: float = 1.0
    """The share of the budget."""

    def loss(self, record: Record, seconds: int, seed: int) -> float:
        """The loss of a search on the test rows."""
        part = replace(record, without=self.without, portfolio=self.portfolio, one_fold=self.one_fold)
        seconds = round(seconds * self.time)
        if not self.ensemble:
            return part.test_loss(_best_trial(part, seconds, seed))
        found = simulate(part, seconds=seconds, seed=seed, algorithm=self.algorithm).selected
        return part.test_loss(found if self.stack else replace(found, stack=Stack()))


def variants(record: Record) -> Iterator[tuple[str, Variant]]:
    """The variants that a record can tell apart, the whole product first."""
    yield WHOLE, Variant()
    yield "one split instead of folds", Variant(one_fold=True)
    yield "the best trial instead of an ensemble", Variant(ensemble=False)
    yield "a blend without the stack", Variant(stack=False)
    yield "no portfolios", Variant(portfolio=False)
    yield "random search", Variant(algorithm="random")
    for time in (0.25, 0.5, 2.5):
        yield f"{time:g} times the budget", Variant(time=time)
    for learner in record.plan.learners:
        yield f"without {learner.name}", Variant(without=frozenset({learner.name}))
    for view in sorted({trial.configuration.view for trial in record.trials.values()} - {"plain"}):
        yield f"without {view}", Variant(without=frozenset({view}))


def _best_trial(record: Record, seconds: int, seed: int) -> Selected:
    """The trial with the best mean score of the folds, of those that a search finished."""
    simulation = RecordedSimulation(record, seconds=seconds, seed=seed, algorithm="bayesian")
    simulation.run(3.0 * seconds)
    sign = METRICS[record.prepared.info.metric].sign
    best = max(
        simulation.finished(), key=lambda found: sign * statistics.fmean(found[0].scores[fold] for fold in found[1])
    )
    return record.select([best], seed)


def measure(names: list[str], split: int, seconds: int, seeds: int) -> dict[str, dict[str, list[float]]]:
    """The losses of each variant by table, one for each seed."""
    losses: dict[str, dict[str, list[float]]] = {}
    for name in names:
        record = Record(FOLDER / f"{name}-{split}-{seconds}s")
        for variant, settings in tqdm(list(variants(record)), desc=name, file=sys.stderr):
            found = [settings.loss(record, seconds, seed) for seed in range(seeds)]
            losses.setdefault(variant, {})[name] = found
    return losses


def text(losses: Mapping[str, Mapping[str, list[float]]]) -> str:
    """A table with the change of each table's mean loss in percent, and the geometric mean over the tables."""
    names = list(losses[WHOLE])
    whole = {name: statistics.fmean(losses[WHOLE][name]) for name in names}
    lines = [f"| variant | {' | '.join(names)} | mean |", "|" + "---|" * (len(names) + 2)]
    for variant, by_table in losses.items():
        if variant != WHOLE:
            ratios = {name: statistics.fmean(found) / whole[name] for name, found in by_table.items()}
            cells = [f"{100 * (ratios[name] - 1):+.2f}" if name in ratios else "" for name in names]
            mean = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios.values()))
            lines.append(f"| {variant} | {' | '.join(cells)} | {100 * (mean - 1):+.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, keep and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(DEVELOPMENT))
    parser.add_argument("--split", type=int, default=0)
    parser.add_argument("--time", type=int, default=120, help="the budget in seconds that was recorded for")
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    losses = measure(chosen.sets.split(","), chosen.split, chosen.time, chosen.seeds)
    RESULTS.write_text(json.dumps({"seconds": chosen.time, "losses": losses}, indent=1) + "\n")
    print(text(losses))


if __name__ == "__main__":
    main()
