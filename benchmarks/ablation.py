"""An ablation: searches over records, once with the whole product and once without each part of it.

    python benchmarks/ablation.py [--sets adult,letter] [--time 120] [--seeds 3]

Every search makes the product's own decisions, choices and ensemble under a virtual clock (`simulate.py`), over fits
that `recording.py` recorded. Prints a table, and keeps the figures in benchmarks/results/ablation.json.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from recorded import Record
from recording import FOLDER
from simulate import search, simulate
from tabular_sets import DEVELOPMENT
from tqdm import tqdm

from automl_api.metrics import METRICS
from automl_model.stack import Stack
from automl_runner.ensemble.selection import Selected

RESULTS = Path(__file__).parent / "results" / "ablation.json"
WHOLE = "everything"
RESAMPLES = 100
Changes = dict[str, dict[str, tuple[float, float]]]
"""By variant and table: the change of the loss in percent, and its standard error."""


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

    def predict(self, record: Record, seconds: int, seed: int) -> NDArray[np.float64]:
        """The predictions of a search's model for the test rows."""
        part = replace(record, without=self.without, portfolio=self.portfolio, one_fold=self.one_fold)
        seconds = round(seconds * self.time)
        if not self.ensemble:
            return part.test_prediction(_best_trial(part, seconds, seed))
        found = simulate(part, seconds=seconds, seed=seed, algorithm=self.algorithm).selected
        return part.test_prediction(found if self.stack else replace(found, stack=Stack()))


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
    finished = search(record, seconds=seconds, seed=seed).finished()
    sign = METRICS[record.prepared.info.metric].sign
    best = max(finished, key=lambda found: sign * statistics.fmean(found[0].scores[fold] for fold in found[1]))
    return record.select([best], seed)


def measure(names: list[str], split: int, seconds: int, seeds: int) -> Changes:
    """The changes of each variant by table."""
    changes: Changes = {}
    for name in names:
        record = Record(FOLDER / f"{name}-{split}-{seconds}s")
        whole = None
        for variant, settings in tqdm(list(variants(record)), desc=name, file=sys.stderr):
            predicted = [settings.predict(record, seconds, seed) for seed in range(seeds)]
            whole = whole or predicted
            if variant != WHOLE:
                changes.setdefault(variant, {})[name] = _change(record, predicted, whole)
    return changes


def _change(
    record: Record, predicted: Sequence[NDArray[np.float64]], whole: Sequence[NDArray[np.float64]]
) -> tuple[float, float]:
    """The change of the mean loss in percent, and its standard error for other test rows (bootstrap)."""
    generator, rows = np.random.default_rng(0), len(record.test_target)

    def change(drawn: NDArray[np.int64] | None = None) -> float:
        part, full = (np.mean([record.loss_of(one, drawn) for one in some]) for some in (predicted, whole))
        return float(100 * (part / full - 1))

    return change(), float(np.std([change(generator.integers(0, rows, rows)) for _ in range(RESAMPLES)]))


def text(changes: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """A table of the changes with their standard errors."""
    names = list(dict.fromkeys(name for by_table in changes.values() for name in by_table))
    lines = [f"| variant | {' | '.join(names)} |", "|" + "---|" * (len(names) + 1)]
    for variant, by_table in changes.items():
        cells = [f"{by_table[name][0]:+.1f} ± {by_table[name][1]:.1f}" if name in by_table else "" for name in names]
        lines.append(f"| {variant} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, keep and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(DEVELOPMENT))
    parser.add_argument("--split", type=int, default=0)
    parser.add_argument("--time", type=int, default=120, help="the budget in seconds that was recorded for")
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    changes = measure(chosen.sets.split(","), chosen.split, chosen.time, chosen.seeds)
    RESULTS.write_text(json.dumps({"seconds": chosen.time, "changes": changes}, indent=1) + "\n")
    print(text(changes))


if __name__ == "__main__":
    main()
