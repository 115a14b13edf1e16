"""The grammar of data and store addresses: `file:`, `s3://`, `pvc://`, `example:`."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import quote, unquote

Scheme = Literal["file", "s3", "pvc", "example"]
DATA_URI_PATTERN = (
    r"^(file:(///?)?\S(.*\S)?|s3://[a-z0-9][a-z0-9.-]*/.+|pvc://[a-z0-9][a-z0-9.-]*/.+|example:[a-z0-9_-]+)$"
)
STORE_URI_PATTERN = r"^(file:(///?)?\S(.*\S)?|s3://[a-z0-9][a-z0-9.-]*(/.*)?|pvc://[a-z0-9][a-z0-9.-]*(/.*)?)$"
_BUCKET = re.compile(r"^[a-z0-9][a-z0-9.-]*$")
_EXAMPLE = re.compile(r"^[a-z0-9_-]+$")


@dataclass(frozen=True)
class Uri:
    """An address: `authority` is the bucket, the claim or nothing; `path` has no leading slash but for files."""

    scheme: Scheme
    authority: str
    path: str

    @property
    def parts(self) -> tuple[str, ...]:
        """What is the same for every spelling of one place: surplus slashes say nothing."""
        return (self.scheme, self.authority, *(part for part in self.path.split("/") if part not in ("", ".")))

    def __str__(self) -> str:
        if self.scheme == "file":
            return f"file://{quote(self.path)}"
        if self.scheme == "example":
            return f"example:{self.path}"
        return f"{self.scheme}://{self.authority}/{self.path}"


def parse_uri(text: str) -> Uri:
    """Read an address. Raises ValueError that names the forms there are."""
    scheme, colon, rest = text.partition(":")
    if colon and scheme == "file" and rest.strip():
        path = rest.removeprefix("//") if rest.startswith("///") else rest
        return Uri("file", "", unquote(path))
    if colon and scheme == "example" and _EXAMPLE.match(rest):
        return Uri("example", "", rest)
    if colon and scheme in ("s3", "pvc") and rest.startswith("//"):
        authority, _, path = rest[2:].partition("/")
        if _BUCKET.match(authority):
            return Uri("s3" if scheme == "s3" else "pvc", authority, path)
    raise ValueError(
        f'"{text}" is no address of data; write s3://bucket/path, pvc://claim/path, example:NAME or, on one machine, file:/path'
    )


def file_uri(path: str) -> str:
    """The `file:` address of an absolute path."""
    if not PurePosixPath(path).is_absolute():
        raise ValueError(f'"{path}" is not an absolute path')
    return str(Uri("file", "", path))


def below(uri: str, path: str) -> str:
    """The address of a relative path below another address; raises ValueError for no address."""
    root = parse_uri(uri)
    return str(
        Uri(root.scheme, root.authority, "/".join((root.path.rstrip("/"), path)).lstrip("/" if root.authority else ""))
    )
