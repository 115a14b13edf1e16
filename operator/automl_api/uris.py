"""Read, write and extend the addresses of data and stores. The schemes are in `automl_api.schemes`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote, unquote

from automl_api.schemes import AUTHORITY_PATTERN, DATA_FORMS, SCHEMES, Scheme, SchemeDescriptor


@dataclass(frozen=True)
class Uri:
    """An address: `authority` is the bucket, the claim or nothing; `path` has a leading slash only for files."""

    scheme: Scheme
    authority: str
    path: str

    @property
    def descriptor(self) -> SchemeDescriptor:
        """The scheme's descriptor."""
        return SCHEMES[self.scheme]

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts that are equal for every spelling of one address: surplus slashes do not count."""
        return (self.scheme, self.authority, *(part for part in self.path.split("/") if part not in ("", ".")))

    def __str__(self) -> str:
        return SYNTAXES[self.scheme].write(self)


@dataclass(frozen=True)
class Syntax:
    """The reader and the writer of a scheme's addresses."""

    read: Callable[[str], tuple[str, str] | None]
    """Reads authority and path from the text after the colon; None if it is not an address."""
    write: Callable[[Uri], str]


def parse_uri(text: str) -> Uri:
    """Read an address. Raises ValueError that names the known forms."""
    prefix, colon, rest = text.partition(":")
    for scheme, syntax in SYNTAXES.items():
        if colon and prefix == scheme and (found := syntax.read(rest)) is not None:
            return Uri(scheme, *found)
    raise ValueError(f'"{text}" is not an address of data; write {DATA_FORMS}')


def file_uri(path: str) -> str:
    """The `file:` address of an absolute path."""
    if not PurePosixPath(path).is_absolute():
        raise ValueError(f'"{path}" is not an absolute path')
    return str(Uri("file", "", path))


def below(uri: str, path: str) -> str:
    """The address of a relative path below another address. Raises ValueError where `uri` is not an address."""
    root = parse_uri(uri)
    return str(
        Uri(root.scheme, root.authority, "/".join((root.path.rstrip("/"), path)).lstrip("/" if root.authority else ""))
    )


def _read_file(rest: str) -> tuple[str, str] | None:
    path = rest.removeprefix("//") if rest.startswith("///") else rest
    return ("", unquote(path)) if rest.strip() else None


def _write_file(uri: Uri) -> str:
    return f"{uri.descriptor.prefix}//{quote(uri.path)}"


def _read_below_authority(rest: str) -> tuple[str, str] | None:
    authority, _, path = rest.removeprefix("//").partition("/")
    named = rest.startswith("//") and re.fullmatch(AUTHORITY_PATTERN, authority)
    return (authority, path) if named else None


def _write_below_authority(uri: Uri) -> str:
    return f"{uri.descriptor.prefix}{uri.authority}/{uri.path}"


def _read_example(rest: str) -> tuple[str, str] | None:
    return ("", rest) if re.fullmatch(SCHEMES["example"].path_pattern, rest) else None


def _write_example(uri: Uri) -> str:
    return f"{uri.descriptor.prefix}{uri.path}"


_BELOW_AUTHORITY: Final = Syntax(_read_below_authority, _write_below_authority)
SYNTAXES: Final[Mapping[Scheme, Syntax]] = {
    "file": Syntax(_read_file, _write_file),
    "s3": _BELOW_AUTHORITY,
    "pvc": _BELOW_AUTHORITY,
    "example": Syntax(_read_example, _write_example),
}
