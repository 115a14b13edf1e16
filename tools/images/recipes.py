"""Which images there are, and what each is built from."""

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

# What .containerignore lets into a build; of the locks, an image's key follows those that it takes.
SOURCES = ("LICENSE", "README.md", "operator", "pyproject.toml", "trial_runner")
LOCKS = "requirements"
FOR_TESTS = "tests/cluster/runner_image"
FOR_BENCHMARKS = "benchmarks/runner_image"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One image: its name, and everything that its content follows from.

    `inputs` are names below `context`; `base` is the recipe or the reference of the image that it is built on.
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
        """How a pod names it."""
        return f"localhost/{self.name}:{self.tag}"

    @property
    def base_reference(self) -> str:
        """What its Containerfile's BASE is set to."""
        return self.base.reference if isinstance(self.base, Recipe) else self.base

    @cached_property
    def key(self) -> str:
        """Changes when the image would: with the inputs' content, the base, the Containerfile or an argument."""
        base = self.base.key if isinstance(self.base, Recipe) else self.base
        told = [f"{name}={value}" for name, value in sorted(self.arguments.items())]
        containerfile = self.containerfile.read_text(encoding="utf-8")
        return key(self.reference, base, containerfile, *told, root=self.context, names=self.inputs)


def recipes(
    root: Path = ROOT, environment: Mapping[str, str] = os.environ, *, benchmarks: bool = False
) -> list[Recipe]:
    """All images of the tree at `root`, bases before what is built on them; the benchmarks' only where asked for.

    BASE_IMAGE in the environment names a registry's base image; without it Debian's own packages make one.
    """
    base = environment.get("BASE_IMAGE") or debian.REFERENCE
    operator = _program("automl-operator", root / "operator", "operator.txt", base, root)
    runner = _program("automl-runner", root / "trial_runner", "runner.txt", base, root)
    more = _on_top(runner, root / FOR_BENCHMARKS, "bench") if benchmarks else []
    return [operator, runner, *_on_top(runner, root / FOR_TESTS, "test"), *more]


@contextmanager
def frozen_tree(root: Path = ROOT) -> Iterator[Path]:
    """A copy of what images are built from, while the context lasts: an image then is what its key says.

    Somebody may be writing in the work tree meanwhile.
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
    """The runner's image with what only this use needs, where the folder holds a Containerfile for it."""
    containerfile = folder / "Containerfile"
    if not containerfile.is_file():
        return []
    name = f"{runner.name}-{use}"
    inputs = tuple(file.name for file in folder.iterdir() if file != containerfile and file.name != "__pycache__")
    return [Recipe(name=name, tag="1", containerfile=containerfile, context=folder, inputs=inputs, base=runner)]


def _version(root: Path) -> str:
    return str(tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
