"""Builds the programs once, outside the work tree. After an interruption Go's own cache saves the work done so far."""

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from cluster.errors import ToolError
from cluster.shell import run
from cluster.toolchain import Project, build_key, linker_flags, program_of, required_version

_LONGEST_BUILD_SECONDS = 3600


def built(project: Project, store: Path, say: Callable[[str], None]) -> Path:
    """The folder with the project's programs, which are built if missing. Raises ToolError."""
    go_mod, go_sum = (path.read_bytes() for path in project.sources)
    flags = linker_flags(project, required_version(go_mod.decode(), project.module))
    target = store / "tools" / f"{project.folder}-{build_key([go_mod, go_sum], _go_version(), flags)}"
    if target.is_dir():
        return target
    with locked(target.with_suffix(".lock")):
        if not target.is_dir():
            say(f"Building {project.folder} {required_version(go_mod.decode(), project.module)} (once; minutes)")
            _build(project, target, flags)
    return target


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """A context for one process at a time; others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def locked_at_once(path: Path, otherwise: str) -> Iterator[None]:
    """A context for one process at a time; raises ToolError with the text `otherwise` where another one is in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise ToolError(otherwise) from taken
        yield


def _build(project: Project, target: Path, flags: str) -> None:
    packages = [package for _, package in project.programs]
    with tempfile.TemporaryDirectory(prefix=f".{project.folder}-", dir=target.parent) as temporary:
        output = Path(temporary) / "bin"
        output.mkdir()
        run(
            ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", f"{output}/", *packages],
            folder=project.sources[0].parent,
            extra={"CGO_ENABLED": "0", "GOWORK": "off"},
            timeout=_LONGEST_BUILD_SECONDS,
        )
        for program, package in project.programs:
            (output / program_of(package)).rename(output / program)
        output.rename(target)


@cache
def _go_version() -> str:
    if shutil.which("go") is None:
        raise ToolError(
            "Go was not found, and the cluster's programs are built with it: install the Go that"
            " tools/cluster/go/*/go.mod name (go.dev/doc/install), and put it on the PATH"
        )
    return run(["go", "version"])
