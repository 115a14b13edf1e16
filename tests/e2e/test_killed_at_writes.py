"""A run killed before or after a durable write, in the operator's process or in a child, loses no finished work.

Tests in tests/unit/automl_operator (local, kube/world) kill at each write of the Worlds separately. Here one run is
killed at one write after the other, in the order of its life, and continued by the same command.
"""

import json
import re
from pathlib import Path

import automl_model.files
import automl_operator.kube.world.records
import automl_operator.kube.world.runner_jobs
import automl_operator.local.publishing
import automl_operator.local.records
import automl_runner.store
from automl_api import failpoints
from builders.command_line import automl, iris

ARGUMENTS = ("--data", "iris.csv", "--target", "species", "--trials", "2", "--learners", "linear", "--time", "10m")
IN_THE_OPERATOR, IN_A_CHILD = -9, 1
LIFE = (
    ("after:world.create-experiment", IN_THE_OPERATOR),
    ("before:file.write", IN_A_CHILD),
    ("after:file.write", IN_A_CHILD),
    ("before:store.upload", IN_A_CHILD),
    ("after:store.upload", IN_A_CHILD),
    ("before:store.write", IN_A_CHILD),
    ("after:store.write", IN_A_CHILD),
    ("before:world.create-model", IN_THE_OPERATOR),
    ("before:local.place-bundle", IN_THE_OPERATOR),
)
MODULES = (
    automl_model.files,
    automl_operator.kube.world.records,
    automl_operator.kube.world.runner_jobs,
    automl_operator.local.publishing,
    automl_operator.local.records,
    automl_runner.store,
)
WORLDS = ("world.", "local.", "kube.")
ROOT = Path(__file__).parents[2]


def test_every_declared_write_is_killed_in_a_test() -> None:
    sources = [*ROOT.glob("operator/**/*.py"), *ROOT.glob("trial_runner/**/*.py")]
    written = {name for path in sources for name in re.findall(r'declare\("([\w.-]+)"\)', path.read_text())}
    assert {name.partition(":")[2] for name in failpoints.declared()} == written, f"declared beside {MODULES}"
    here = {failpoint for failpoint, _ in LIFE}
    children = {name for name in failpoints.declared() if not name.partition(":")[2].startswith(WORLDS)}
    assert children <= here


def test_a_run_killed_at_one_write_after_the_other_loses_nothing(tmp_path: Path) -> None:
    iris(tmp_path)
    run, finished = tmp_path / "run", dict[Path, int]()
    for failpoint, code in LIFE:
        result = automl("fit", *ARGUMENTS, "--out", "run", cwd=tmp_path, AUTOML_FAILPOINT=failpoint)
        assert result.returncode == code, f"{failpoint}: {result.stderr}"
        assert "Traceback" not in result.stderr
        assert not (run / "model").exists()
        folds = _folds(run)
        assert finished.items() <= folds.items(), f"{failpoint}: a finished fold is lost or was fitted again"
        finished = folds
    assert finished
    result = automl("fit", *ARGUMENTS, "--out", "run", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert finished == _folds(run)
    trials = [json.loads(path.read_text())["spec"]["configuration"] for path in run.glob("world/trials/*.json")]
    assert len(trials) == 2
    assert trials[0] != trials[1]
    assert (run / "model" / "manifest.json").exists()


def _folds(run: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in run.glob("store/trials/*/fold-*/manifest.json")}
