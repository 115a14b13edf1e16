"""Tables and files, and what prepare makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl_api.protocol import PrepareWork
from automl_api.resources.experiment import ExperimentSpec, StoreSpec
from automl_api.resources.plan import DataWarning, PlanSpec
from automl_runner.mounts import Mounts
from automl_runner.prepare import prepare
from automl_runner.prepared import Prepared, open_prepared
from automl_runner.store import Store, open_store


@dataclass(frozen=True)
class PreparedRun:
    """A plan and the prepared data that it names."""

    plan: PlanSpec
    prepared: Prepared
    store: Store

    def warnings_with(self, code: str) -> list[DataWarning]:
        return [warning for warning in self.plan.warnings if warning.code == code]


def a_spec(path: Path | str, target: str = "y", **changes: Any) -> ExperimentSpec:
    """The spec of an experiment on a file; `changes` are in the camelCase of manifests."""
    data = {"uri": f"file:{path}" if isinstance(path, Path) else path, **changes.pop("data", {})}
    budget = changes.pop("budget", {"time": "10m"})
    return ExperimentSpec.read_strictly({"data": data, "target": target, "budget": budget, **changes})


def prepare_file(path: Path | str, place: Path, target: str = "y", **changes: Any) -> PreparedRun:
    store = open_store(StoreSpec(uri=f"file:{place / 'store'}"), Mounts(cache=place / "cache"))
    plan = prepare(PrepareWork(spec=a_spec(path, target, **changes)), store, 1)
    return PreparedRun(plan, open_prepared(store.local_directory(plan.prepared.path), plan.prepared.digest), store)


def prepare_table(columns: Mapping[str, Any], place: Path, target: str = "y", **changes: Any) -> PreparedRun:
    """Write columns to a parquet file and prepare it."""
    path = place / "rows.parquet"
    pd.DataFrame(dict(columns)).to_parquet(path)
    return prepare_file(path, place, target, **changes)


def a_table(rows: int = 200, seed: int = 0) -> dict[str, Any]:
    """Two numbers, a category and a binary target that depends on one of the numbers, with noise."""
    random = np.random.default_rng(seed)
    first = random.normal(size=rows)
    return {
        "first": first,
        "second": random.normal(size=rows).round(3),
        "city": random.choice(["Rome", "Oslo", "Kyiv"], rows),
        "y": np.where(first + random.normal(size=rows) > 0.5, "yes", "no"),
    }
