"""The import contracts hold, each of them reports a violation, and light imports stay light."""

import subprocess
import sys
from pathlib import Path

import pytest

from builders.source_tree import ROOT, module_name, package_files, pyproject

SUBPACKAGES = ("kube", "local", "controller", "broker", "decisions", "search", "stopping")
LAYERS = ("state", "facts", "lifecycle", "policies", "policies/one")
KUBERNETES = ("kopf", "kubernetes", "kubernetes_asyncio")
CONTROL = ("aiohttp", "optuna", "prometheus_client", "psutil")
MODELS = ("numpy", "pandas", "pyarrow", "scipy", "sklearn", "lightgbm", "catboost", "xgboost", "threadpoolctl")

# contract -> (module, what it must not import)
VIOLATIONS = {
    "Everybody may import automl_api; operator and runner never import each other": (
        "automl_runner.planted",
        "automl_operator.broker",
    ),
    "The operator opens no model": ("automl_operator.local.planted", "automl_model"),
    "The user's side starts runners, and never imports them": ("automl.planted", "automl_runner"),
    "The user's side knows one room of the operator: local": ("automl.planted", "automl_operator.controller"),
    "kube | local > controller > broker > decisions > search | stopping": (
        "automl_operator.decisions.planted",
        "automl_operator.broker",
    ),
    "decisions: policies > lifecycle > facts > state": (
        "automl_operator.decisions.facts.planted",
        "automl_operator.decisions.lifecycle",
    ),
    "A policy knows no other, but assign knows what it assigns": (
        "automl_operator.decisions.policies.planted",
        "automl_operator.decisions.policies.one",
    ),
    "kopf and kubernetes stay in automl_operator.kube and automl.cluster": (
        "automl_operator.controller.planted",
        "kopf",
    ),
    "decisions, search and stopping are pure": ("automl_operator.search.planted", "time"),
    "automl_api needs pydantic and pyyaml only": ("automl_api.planted", "numpy"),
    "A bundle loads with the predict extra only": ("automl_model.planted", "aiohttp"),
}

BLOCKED_IMPORTS = """
import importlib, sys
blocked, modules = sys.argv[1].split(","), sys.argv[2].split(",")

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocker())
for module in modules:
    importlib.import_module(module)
"""


def lint(config: Path, *, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run import-linter over what lies under `path`, or over the installed packages."""
    program = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    if path is not None:
        program = f"import sys; sys.path.insert(0, {str(path)!r}); {program}"
    command = [sys.executable, "-c", program, "--config", str(config), "--no-cache"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=path)


def import_with_blocked(modules: list[str], blocked: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Import the modules in a clean process in which the blocked libraries cannot be imported."""
    command = [sys.executable, "-c", BLOCKED_IMPORTS, ",".join(blocked), ",".join(modules)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def modules(*packages: str) -> list[str]:
    """The modules of the packages, except those that talk to Kubernetes."""
    found = (module_name(file) for file in package_files())
    excluded = ("automl_operator.kube", "automl.cluster")
    return [name for name in found if name.partition(".")[0] in packages and not name.startswith(excluded)]


@pytest.fixture
def empty_tree(tmp_path: Path) -> Path:
    """The five packages, the operator's subpackages and the layers of decisions, all empty."""
    roots = pyproject()["tool"]["importlinter"]["root_packages"]
    subpackages = (*SUBPACKAGES, *(f"decisions/{layer}" for layer in LAYERS))
    for name in (*roots, *(f"automl_operator/{subpackage}" for subpackage in subpackages)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    return tmp_path


def test_the_contracts_hold() -> None:
    result = lint(ROOT / "pyproject.toml")
    assert result.returncode == 0, result.stdout


def test_the_contracts_hold_for_an_empty_tree(empty_tree: Path) -> None:
    result = lint(ROOT / "pyproject.toml", path=empty_tree)
    assert result.returncode == 0, result.stdout


def test_every_contract_has_a_violation() -> None:
    assert {contract["name"] for contract in pyproject()["tool"]["importlinter"]["contracts"]} == set(VIOLATIONS)


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_contract_reports_its_violation(contract: str, empty_tree: Path) -> None:
    module, forbidden = VIOLATIONS[contract]
    (empty_tree / module.replace(".", "/")).with_suffix(".py").write_text(f"import {forbidden}\n", encoding="utf-8")
    result = lint(ROOT / "pyproject.toml", path=empty_tree)
    report = " ".join(result.stdout.split())
    assert result.returncode == 1, report
    assert f"{contract} BROKEN" in report


@pytest.mark.parametrize(
    ("packages", "blocked"),
    [
        pytest.param(
            ("automl_api", "automl", "automl_operator", "automl_runner", "automl_model"), KUBERNETES, id="all-but-kube"
        ),
        pytest.param(("automl_api", "automl"), (*KUBERNETES, *CONTROL, *MODELS), id="base-install"),
        pytest.param(("automl_api", "automl_model"), (*KUBERNETES, *CONTROL), id="predict"),
        pytest.param(("automl_api", "automl_runner"), (*KUBERNETES, "optuna", "prometheus_client"), id="runner"),
    ],
)
def test_packages_import_without_the_libraries_of_others(packages: tuple[str, ...], blocked: tuple[str, ...]) -> None:
    result = import_with_blocked(modules(*packages), blocked)
    assert result.returncode == 0, result.stderr


def test_a_blocked_library_is_noticed() -> None:
    result = import_with_blocked(["automl_api", "kopf"], KUBERNETES)
    assert "kopf is blocked" in result.stderr


def test_the_user_side_loads_its_heavy_parts_lazily() -> None:
    program = f"import sys, {', '.join(modules('automl'))}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = {*KUBERNETES, *CONTROL, *MODELS, "automl_operator", "automl_runner", "automl_model"}
    assert heavy & set(result.stdout.split()) == set()
