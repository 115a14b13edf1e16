"""The directories that are mounted for a runner: volume claims, Secrets, and room for copies from a remote store."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from automl_api import environment_names


def _own_cache(variables: Mapping[str, str] = os.environ) -> Path:
    """This user's cache, found without the user's name, because on a cluster a user may have only a number."""
    return Path(variables.get("HOME") or tempfile.gettempdir(), ".cache", "automl")


@dataclass(frozen=True)
class Mounts:
    """Directories of this machine; None where nothing is mounted, as outside of a cluster."""

    claims: Path | None = None
    """Each claim under its name."""
    secrets: Path | None = None
    """Each Secret under its name, with a file per key."""
    cache: Path = field(default_factory=_own_cache)

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> "Mounts":
        """The mounts in the AUTOML_* variables of `automl_api.protocol.RunnerEnvironment`, which children inherit."""
        return cls(
            claims=_directory(variables, environment_names.CLAIMS_DIRECTORY),
            secrets=_directory(variables, environment_names.SECRETS_DIRECTORY),
            cache=_directory(variables, environment_names.CACHE_DIRECTORY) or _own_cache(variables),
        )


def _directory(variables: Mapping[str, str], name: str) -> Path | None:
    text = variables.get(name)
    return Path(text) if text else None
