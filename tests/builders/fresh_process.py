"""Learners in fresh processes, which have imported nothing else; each process is started once for all tests."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

# Many rows, which a library may share among threads, get a few rounds only; few rows are trained to the end.
FRESH = """
import importlib, json, os, sys
from dataclasses import replace
from automl_runner.children.work import program
from automl_runner.learners import LEARNERS
from automl_runner.mounts import Mounts
from builders.training import a_fit_context, some_rows, shape_of
learner = LEARNERS["{name}"]
for module in program(Mounts()).modules_for("fit {name}"):
    importlib.import_module(module)
before, threads = set(sys.modules), len(os.listdir("/proc/self/task"))
for task in learner.descriptor.tasks:
    whole = a_fit_context(task)
    fits = [(2000, replace(whole, seconds_left=lambda: 0.0)), (120, whole)]
    for count, context in fits if task == learner.descriptor.tasks[0] else fits[:1]:
        rows = some_rows(task, count)
        fitted = learner.fit(learner.descriptor.default(shape_of(rows, task)), rows, rows, context)
        fitted.estimator.predict(rows.features)
started = len(os.listdir("/proc/self/task")) - threads
ours = ("automl_model", "automl_runner", "sklearn", "scipy", learner.descriptor.library)
imported = sorted(name for name in set(sys.modules) - before if name.partition(".")[0] in ours)
print(json.dumps(dict(threads=started, imported=imported)))
"""

BLOCKED = """
import sys
for name in ("catboost", "lightgbm", "sklearn", "scipy", "xgboost"):
    sys.modules[name] = None
from automl_runner.learners import descriptors
print([found.name for found in descriptors()])
"""


def _python(program: str) -> str:
    environment = {"PYTHONPATH": str(Path(__file__).parents[1]), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True)
    return done.stdout.decode().strip()


@cache
def traces_of_a_fit(name: str) -> dict[str, Any]:
    """The threads and the imports of a learner's fits, in a process with only the modules that its descriptor names."""
    found: dict[str, Any] = json.loads(_python(FRESH.format(name=name)))
    return found


@cache
def names_without_libraries() -> str:
    """The names of all learners, as a process shows them that can import no library."""
    return _python(BLOCKED)
