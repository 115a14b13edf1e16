"""Runs commands; the error of a failed one contains its output."""

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from cluster.errors import ToolError

_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment with the system programs' folders on its PATH, which not every root's shell has."""
    path = os.environ.get("PATH", "").split(":")
    missing = [folder for folder in _SYSTEM_FOLDERS if folder not in path]
    return {**os.environ, "PATH": ":".join([*path, *missing]), **(extra or {})}


def run(
    command: Sequence[str | Path],
    *,
    text: str | None = None,
    extra: Mapping[str, str] | None = None,
    folder: Path | None = None,
    timeout: float = 300,
) -> str:
    """Run a command, and return its standard output.

    Raises ToolError when it fails, is not found, or takes longer than `timeout` seconds.
    """
    arguments = [str(argument) for argument in command]
    shown = shlex.join(arguments)
    try:
        done = subprocess.run(
            arguments,
            input=text,
            env=environment(extra),
            cwd=folder,
            timeout=timeout,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise ToolError(f"{arguments[0]} was not found; it is needed for: {shown}") from error
    except subprocess.TimeoutExpired as error:
        raise ToolError(f"this took longer than {timeout:.0f} s: {shown}") from error
    if done.returncode != 0:
        raise ToolError(f"exit code {done.returncode} from: {shown}\n{(done.stderr or done.stdout).strip()}")
    return done.stdout


def succeeds(command: Sequence[str | Path], *, timeout: float = 60) -> bool:
    """True when the command ends with 0."""
    try:
        run(command, timeout=timeout)
    except ToolError:
        return False
    return True
