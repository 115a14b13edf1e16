"""The configuration of a runner: environment variables, the same on a cluster and on one machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from automl_api import environment_names
from automl_api.protocol.calls import HEARTBEAT_SECONDS

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True)
class RunnerEnvironment:
    """A runner's configuration. Memory is in bytes; 0 means that only the machine sets a limit."""

    broker_url: str
    token_file: str
    """A file with the bearer token, read again before each call, because it may be rotated."""
    broker_ca: str = ""
    """A file with the CA of an HTTPS broker."""
    slots: int = 1
    memory_bytes: int = 0
    accelerator: str = ""
    """The extended resource that it was given, for example nvidia.com/gpu; empty where it has none."""
    claims_directory: str = ""
    """The directory with the mounted volume claims, each under its name: pvc://CLAIM/PATH is CLAIM/PATH there."""
    secrets_directory: str = ""
    """The directory with the mounted Secrets, each under its name, with a file per key."""
    cache_directory: str = ""
    """The directory for copies of files from a remote store."""
    heartbeat_seconds: float = HEARTBEAT_SECONDS
    broker_timeout_seconds: float = 600.0
    max_assignments: int = 0
    """The number of assignments after which the runner leaves; 0 means no limit."""
    termination_log: str = ""
    """The file for results that could not be sent."""
    children: str = "fork"
    """fork: a child is forked from a zygote for each assignment; spawn: children are started afresh and persist."""
    parent_pipe: bool = False
    """True when standard input is a pipe from the parent; when it closes, the runner must leave at once."""

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> "RunnerEnvironment":
        """The configuration in AUTOML_* variables. Raises ValueError that names a missing or wrong variable."""
        try:
            return cls(
                broker_url=variables[environment_names.BROKER_URL],
                token_file=variables[environment_names.TOKEN_FILE],
                broker_ca=variables.get(environment_names.BROKER_CA, ""),
                slots=_number(variables, environment_names.SLOTS, 1, int),
                memory_bytes=_number(variables, environment_names.MEMORY_BYTES, 0, int),
                accelerator=variables.get(environment_names.ACCELERATOR, ""),
                claims_directory=variables.get(environment_names.CLAIMS_DIRECTORY, ""),
                secrets_directory=variables.get(environment_names.SECRETS_DIRECTORY, ""),
                cache_directory=variables.get(environment_names.CACHE_DIRECTORY, ""),
                heartbeat_seconds=_number(variables, environment_names.HEARTBEAT_SECONDS, HEARTBEAT_SECONDS, float),
                broker_timeout_seconds=_number(variables, environment_names.BROKER_TIMEOUT_SECONDS, 600.0, float),
                max_assignments=_number(variables, environment_names.MAX_ASSIGNMENTS, 0, int),
                termination_log=variables.get(environment_names.TERMINATION_LOG, ""),
                children=variables.get(environment_names.CHILDREN, "fork"),
                parent_pipe=variables.get(environment_names.PARENT_PIPE, "") == "1",
            )
        except KeyError as missing:
            raise ValueError(
                f"the environment variable {missing.args[0]} is not set; runners are started by the operator"
            ) from missing

    def variables(self) -> dict[str, str]:
        """The variables that `read` reads back."""
        return {
            environment_names.BROKER_URL: self.broker_url,
            environment_names.TOKEN_FILE: self.token_file,
            environment_names.BROKER_CA: self.broker_ca,
            environment_names.SLOTS: str(self.slots),
            environment_names.MEMORY_BYTES: str(self.memory_bytes),
            environment_names.ACCELERATOR: self.accelerator,
            environment_names.CLAIMS_DIRECTORY: self.claims_directory,
            environment_names.SECRETS_DIRECTORY: self.secrets_directory,
            environment_names.CACHE_DIRECTORY: self.cache_directory,
            environment_names.HEARTBEAT_SECONDS: str(self.heartbeat_seconds),
            environment_names.BROKER_TIMEOUT_SECONDS: str(self.broker_timeout_seconds),
            environment_names.MAX_ASSIGNMENTS: str(self.max_assignments),
            environment_names.TERMINATION_LOG: self.termination_log,
            environment_names.CHILDREN: self.children,
            environment_names.PARENT_PIPE: "1" if self.parent_pipe else "",
        }


def _number(variables: Mapping[str, str], name: str, default: _Number, kind: Callable[[str], _Number]) -> _Number:
    text = variables.get(name)
    try:
        return default if text is None else kind(text)
    except ValueError as error:
        raise ValueError(f'{name} is "{text}", which is not a number') from error
