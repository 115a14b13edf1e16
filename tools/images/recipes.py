"""The project's images, and the inputs of each."""

import os
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from images import debian
from images.content import files, key

ROOT = Path(__file__).parents[2]

# The files that .containerignore lets into a build. An image's key depends only on the locks that it uses.
SOURCES = ("LICENSE", "README.md", "operator", "pyproject.toml", "trial_runner")
LOCKS = "requirements"
FOR_TESTS = "tests/cluster/runner_image"
FOR_BENCHMARKS = "benchmarks/runner_image"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One image: its name, and everything that determines its content.

    `inputs` are names below `context`; `base` is the recipe or the reference of its base image.
    """

    name: str
    tag: str
    containerfile: Path
    context: Path
    inputs: tuple[str, ...]
    base: "Recipe | str"
    arguments: Mapping[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """The image reference for pods."""
        return f"localhost/{self.name}:{self.tag}"

    @property
    def base_reference(self) -> str:
        """The value of BASE for its Containerfile."""
        return self.base.reference if isinstance(self.base, Recipe) else self.base

    @cached_property
    def key(self) -> str:
        """A key that changes with the inputs' content, the base, the Containerfile and the arguments."""
        base = self.base.key if isinstance(self.base, Recipe) else self.base
        arguments = [f"{name}={value}" for name, value in sorted(self.arguments.items())]
        containerfile = self.containerfile.read_text(encoding="utf-8")
        return key(self.reference, base, containerfile, *arguments, root=self.context, names=self.inputs)


def recipes(
    root: Path = ROOT, environment: Mapping[str, str] = os.environ, *, benchmarks: bool = False
) -> list[Recipe]:
    """All images of the tree at `root`, bases first; the benchmarks' image only with `benchmarks`.

    BASE_IMAGE in the environment names a registry's base image; without it one is built from Debian packages.
    """
    base = environment.get("BASE_IMAGE") or debian.REFERENCE
    operator = _program("automl-operator", root / "operator", "operator.txt", base, root)
    runner = _program("automl-runner", root / "trial_runner", "catboost.txt", base, root)
    more = _on_top(runner, root / FOR_BENCHMARKS, "bench") if benchmarks else []
    return [operator, runner, *_on_top(runner, root / FOR_TESTS, "test"), *more]


@contextmanager
def frozen_tree(root: Path = ROOT) -> Iterator[Path]:
    """A context with a copy of the images' inputs, so that an image matches its key.

    The work tree may change during a build.
    """
    folders = [name for name in (FOR_TESTS, FOR_BENCHMARKS) if (root / name).is_dir()]
    names = [*SOURCES, LOCKS, ".containerignore", *folders]
    containerfiles = [f"{name}/Containerfile" for name in ("operator", "trial_runner", *folders)]
    with TemporaryDirectory() as folder:
        found = [name for name, _ in files(root, names)]
        for name in [*found, *(name for name in containerfiles if (root / name).is_file())]:
            Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, Path(folder, name))
        yield Path(folder)


def _program(name: str, folder: Path, lock: str, base: str, root: Path) -> Recipe:
    return Recipe(
        name=name,
        tag=_version(root),
        containerfile=folder / "Containerfile",
        context=root,
        inputs=(*SOURCES, f"{LOCKS}/tools.txt", f"{LOCKS}/{lock}"),
        base=base,
        arguments={"VERSION": _version(root)},
    )


def _on_top(runner: Recipe, folder: Path, use: str) -> list[Recipe]:
    """The recipe of an image on top of the runner's, if the folder has a Containerfile."""
    containerfile = folder / "Containerfile"
    if not containerfile.is_file():
        return []
    name = f"{runner.name}-{use}"
    inputs = tuple(file.name for file in folder.iterdir() if file != containerfile and file.name != "__pycache__")
    return [Recipe(name=name, tag="1", containerfile=containerfile, context=folder, inputs=inputs, base=runner)]


def _version(root: Path) -> str:
    return str(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
