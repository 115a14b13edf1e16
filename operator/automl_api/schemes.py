"""The URI schemes of data and stores: one descriptor each.

Grammar, schemas, messages and the reading of Secrets follow from the descriptors. Each program has one table of its
functions by scheme; a test compares the keys with these descriptors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Scheme = Literal["file", "s3", "pvc", "example"]
Use = Literal["data", "store"]
Access = Literal["local", "remote", "mounted", "bundled"]
"""The place of data or a store: this machine, the network, a mounted volume, or the pod's image."""

AUTHORITY_PATTERN: Final = r"[a-z0-9][a-z0-9.-]*"


@dataclass(frozen=True)
class CredentialKeys:
    """The keys of a Secret by purpose. On one machine the environment variables of the same names are read."""

    required: Mapping[str, str]
    optional: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The keys that a Secret must have."""
        return tuple(self.required.values())

    @property
    def text(self) -> str:
        """The keys that a Secret must have, for a sentence: `A and B`."""
        return " and ".join(self.names)


@dataclass(frozen=True)
class SchemeDescriptor:
    """The properties of a scheme that all sides must know."""

    name: Scheme
    access: Access
    forms: Mapping[Use, str]
    """The form of an address in messages, by use; a scheme has no other uses."""
    authority: str = ""
    """The name of the part after `//`; empty where the address has no such part."""
    path_pattern: str = ""
    """The pattern of the text after the colon, where there is no authority."""
    credentials: CredentialKeys | None = None
    """The keys of a Secret; None where no Secret is needed."""
    endpoint_variables: tuple[str, ...] = ()
    """The environment variables that may name the server; the first one that is set counts."""
    region_variables: tuple[str, ...] = ()
    """The environment variables that may name the region; the first one that is set counts."""

    @property
    def prefix(self) -> str:
        """The beginning of every address of the scheme."""
        return f"{self.name}://" if self.authority else f"{self.name}:"

    @property
    def on_cluster(self) -> bool:
        """True when the pods of a cluster can reach its addresses."""
        return self.access != "local"

    def pattern(self, use: Use) -> str:
        """The pattern of an address for a use, without anchors: data is a file, a store may be the whole authority."""
        if not self.authority:
            return f"{self.prefix}{self.path_pattern}"
        return f"{self.prefix}{AUTHORITY_PATTERN}{'/.+' if use == 'data' else '(/.*)?'}"


S3_KEYS: Final = CredentialKeys(
    {"access_key": "AWS_ACCESS_KEY_ID", "secret_key": "AWS_SECRET_ACCESS_KEY"},
    {"session_token": "AWS_SESSION_TOKEN"},
)
S3: Final = SchemeDescriptor(
    "s3",
    "remote",
    {"data": "s3://bucket/path", "store": "s3://bucket/prefix"},
    authority="bucket",
    credentials=S3_KEYS,
    endpoint_variables=("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    region_variables=("AWS_REGION", "AWS_DEFAULT_REGION"),
)
_ALL: Final = (
    SchemeDescriptor("file", "local", {"data": "file:/path", "store": "file:/path"}, path_pattern=r"(///?)?\S(.*\S)?"),
    S3,
    SchemeDescriptor(
        "pvc", "mounted", {"data": "pvc://claim/path", "store": "pvc://claim/prefix"}, authority="volume claim"
    ),
    SchemeDescriptor("example", "bundled", {"data": "example:NAME"}, path_pattern="[a-z0-9_-]+"),
)
SCHEMES: Final[Mapping[Scheme, SchemeDescriptor]] = {scheme.name: scheme for scheme in _ALL}


def schemes_for(use: Use, *, on_cluster: bool = False) -> tuple[SchemeDescriptor, ...]:
    """The schemes that have a use; with `on_cluster` only those that pods can reach."""
    return tuple(scheme for scheme in _ALL if use in scheme.forms and (scheme.on_cluster or not on_cluster))


def uri_pattern(use: Use, *, on_cluster: bool = False) -> str:
    """The pattern that a whole address has to match."""
    return f"^({'|'.join(scheme.pattern(use) for scheme in schemes_for(use, on_cluster=on_cluster))})$"


def first_set(names: tuple[str, ...], variables: Mapping[str, str]) -> str:
    """The value of the first of some environment variables that is set and not empty; empty if there is none."""
    return next((variables[name] for name in names if variables.get(name)), "")


def create_secret_command(secret: str, keys: Sequence[str], namespace: str = "") -> str:
    """The command that creates a Secret with these keys."""
    place = f" -n {namespace}" if namespace else ""
    literals = " ".join(f"--from-literal={key}=..." for key in keys)
    return f"kubectl create secret generic {secret}{place} {literals}"


def _forms(use: Use, *, on_cluster: bool) -> list[str]:
    return [scheme.forms[use] for scheme in schemes_for(use) if scheme.on_cluster is on_cluster]


def _alternatives(texts: Sequence[str]) -> str:
    *others, last = texts
    return f"{', '.join(others)} or {last}" if others else last


DATA_FORMS: Final = f"{', '.join(_forms('data', on_cluster=True))} or, on one machine, {_alternatives(_forms('data', on_cluster=False))}"
"""The forms of an address of data, for messages."""
STORE_FORMS: Final = _alternatives(_forms("store", on_cluster=True) + _forms("store", on_cluster=False))
"""The forms of an address of a store, for messages."""
CLUSTER_STORE_FORMS: Final = _alternatives(_forms("store", on_cluster=True))
"""The forms of an address of a store that a cluster can reach, for messages."""
CLUSTER_STORE_PREFIXES: Final = _alternatives([scheme.prefix for scheme in schemes_for("store", on_cluster=True)])
"""The beginnings of addresses of stores that a cluster can reach, for messages."""
SECRET_KEYS: Final = tuple(key for scheme in _ALL if scheme.credentials for key in scheme.credentials.names)
"""The keys of every scheme's Secret."""
SECRET_TEXT: Final = _alternatives([scheme.credentials.text for scheme in _ALL if scheme.credentials])
"""The keys of a Secret, for a sentence."""
