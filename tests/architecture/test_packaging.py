"""The locks in requirements/: hashed, free of addresses and machine paths, and in step with pyproject.toml."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from builders.source_tree import ROOT, label, pyproject

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
EXTRAS: dict[str, list[str]] = pyproject()["project"]["optional-dependencies"]
NAME = canonicalize_name(pyproject()["project"]["name"])
PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?P<rest>(?: ;[^\\]*)? \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)"
)


def lock(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.txt"


def blocks(file: Path) -> list[str]:
    """The requirements of a lock, each with the lines that belong to it."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    return ["\n".join(block.splitlines()) + "\n" for block in re.split(r"\n(?=\S)", "\n".join(lines))]


def pins(file: Path) -> dict[str, set[str]]:
    """The versions that a lock names, by package; several where the platform decides."""
    found: dict[str, set[str]] = {}
    for block in blocks(file):
        pin = PIN.match(block)
        assert pin is not None, f"{label(file)}: not pinned by hash: {block}"
        found.setdefault(canonicalize_name(pin["name"]), set()).add(pin["version"])
    return found


def requirements(extra: str) -> list[Requirement]:
    """The requirements of an extra, with our own extras resolved; "base" is the install without extras."""
    if extra == "base":
        return [Requirement(text) for text in pyproject()["project"]["dependencies"]]
    found: list[Requirement] = requirements("base")
    for requirement in map(Requirement, EXTRAS[extra]):
        own = canonicalize_name(requirement.name) == NAME
        found += [inner for name in requirement.extras for inner in requirements(name)] if own else [requirement]
    return found


@pytest.mark.parametrize("file", LOCKS, ids=label)
def test_a_lock_pins_everything_by_hash(file: Path) -> None:
    assert pins(file)


@pytest.mark.parametrize("file", LOCKS, ids=label)
def test_a_lock_names_no_address_and_no_place_on_a_machine(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert re.findall(r"\S*://\S*|^-\S*.*|\s/\S+|\s@\s", text, flags=re.MULTILINE) == []


@pytest.mark.parametrize("extra", ["base", *EXTRAS])
def test_every_extra_is_locked_within_its_bounds(extra: str) -> None:
    locked = pins(lock(extra))
    outside = [
        str(r)
        for r in requirements(extra)
        if not all(v in r.specifier for v in locked.get(canonicalize_name(r.name), {""}))
    ]
    assert outside == []


# Peers are products of others, each in an environment of its own: they choose their own versions.
@pytest.mark.parametrize("file", [file for file in LOCKS if not file.name.startswith("peer-")], ids=label)
def test_a_package_has_one_version_in_all_locks(file: Path) -> None:
    shared = pins(lock("dev"))
    named = pins(file)
    assert named
    assert {name: found for name, found in named.items() if name in shared and not found <= shared[name]} == {}


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("base", {"aiohttp", "numpy", "optuna", "kopf", "kubernetes", "torch"}),
        ("predict", {"aiohttp", "catboost", "optuna", "kopf", "kubernetes", "torch"}),
        ("local", {"catboost", "kopf", "kubernetes", "torch"}),
        ("runner", {"catboost", "kopf", "kubernetes", "optuna", "torch"}),
        ("operator", {"pandas", "scikit-learn", "lightgbm", "torch"}),
        ("cluster", {"kopf", "numpy", "torch"}),
        ("dev", {"torch"}),
    ],
)
def test_an_install_stays_small(name: str, absent: set[str]) -> None:
    assert absent & set(pins(lock(name))) == set()


def test_every_dependency_says_which_module_needs_it() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named = [line for line in text.splitlines() if re.match(r'    "[A-Za-z-]+>=', line)]
    assert named
    assert [line for line in named if "#" not in line] == []


@pytest.mark.parametrize("name", ["catboost", "dev", "test"])
def test_a_lock_leaves_out_what_catboost_only_draws_with(name: str) -> None:
    assert not {"matplotlib", "plotly"} & set(pins(lock(name)))
