"""A description of the machine on which figures were measured, so that readers can judge them."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
PRODUCT = ("operator", "trial_runner", "pyproject.toml", "requirements")
_NO_CHECKOUT = "no git checkout"
PACKAGES = (
    "automl-operator",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "lightgbm",
    "optuna",
    "pydantic",
    "aiohttp",
)


def describe() -> dict[str, object]:
    """CPU, cores, memory, operating system, versions, commit, and the current load."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _git(ROOT, "describe", "--always", "--dirty", "--abbrev=10") or _NO_CHECKOUT,
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": _system(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "load_before": load(),
    }


def load() -> list[float]:
    """The load average over 1, 5 and 15 minutes."""
    return [round(value, 2) for value in os.getloadavg()]


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = platform.system()
    return f"{name}, kernel {platform.release()}"


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def product_commit(root: Path = ROOT) -> str:
    """The newest commit that changed the product, with `-dirty` where the product was changed since.

    Commits of documents, tests and results do not count: figures of the product stay comparable over them.
    """
    newest = _git(root, "log", "-1", "--format=%h", "--abbrev=10", "--", *PRODUCT)
    changed = _git(root, "status", "--porcelain", "--", *PRODUCT)
    return f"{newest}-dirty" if newest and changed else newest or _NO_CHECKOUT


def _git(root: Path, *command: str) -> str:
    whole = ["git", "-C", str(root), *command]
    return subprocess.run(whole, check=False, capture_output=True, text=True).stdout.strip()
