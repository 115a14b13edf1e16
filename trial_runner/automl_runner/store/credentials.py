"""Keys of a mounted Secret, read when they are used, because they may be rotated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from automl_api import reasons
from automl_api.resources.experiment import SecretReference
from automl_api.schemes import CredentialKeys, create_secret_command
from automl_runner.failures import WorkFailed


@dataclass(frozen=True)
class Credentials:
    """The values of a Secret by their use; an optional one that the Secret lacks is absent."""

    values: Mapping[str, str] = field(repr=False)


def read_credentials(
    keys: CredentialKeys, reference: SecretReference | None, secrets: Path | None
) -> Credentials | None:
    """The credentials in a Secret; None where no Secret is named, or none is mounted, as on one machine.

    Without them the environment's credentials are used. Raises WorkFailed (program, CredentialsMissing).
    """
    if reference is None or secrets is None:
        return None
    directory = secrets / reference.name
    found = {use: _value(directory, reference.name, key, keys) for use, key in keys.required.items()}
    found |= {use: _text(directory / key) for use, key in keys.optional.items()}
    return Credentials({use: text for use, text in found.items() if text})


def _value(directory: Path, name: str, key: str, keys: CredentialKeys) -> str:
    if "/" in name or not (text := _text(directory / key)):
        message = f'the Secret "{name}" has no {key}; make it with: {create_secret_command(name, keys.names)}'
        raise WorkFailed("program", reasons.CREDENTIALS_MISSING, message)
    return text


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
