"""The built wheel, as users install it; these tests run where the wheel is installed, not this tree (make e2e)."""

import importlib.util
import subprocess
import sys
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("automl_api", "automl", "automl_operator", "automl_runner", "automl_model")


@pytest.mark.parametrize("package", PACKAGES)
def test_the_tested_package_is_the_built_one(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    assert "site-packages" in spec.origin, f"{package} comes from the tree, not from the wheel: run make e2e"


@pytest.mark.parametrize("package", PACKAGES)
def test_the_wheel_holds_every_module_and_its_types(package: str) -> None:
    folder = next(ROOT / name / package for name in ("operator", "trial_runner") if (ROOT / name / package).exists())
    written = {file.relative_to(folder).as_posix() for file in folder.rglob("*.py")}
    installed = {str(file).removeprefix(f"{package}/") for file in distribution("automl-operator").files or []}
    assert {*written, "py.typed"} - installed == set()


def test_the_example_comes_with_its_attribution() -> None:
    examples = files("automl_runner") / "examples"
    assert "CC BY 4.0" in (examples / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert (examples / "adult.csv.gz").read_bytes()[:2] == b"\x1f\x8b"


@pytest.mark.parametrize("command", ["automl", "automl-operator", "automl-runner"])
def test_a_command_explains_itself(command: str) -> None:
    result = subprocess.run(
        [Path(sys.executable).parent / command, "--help"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert command in result.stdout
