"""Keys of a mounted Secret, read when they are used, because they may be rotated."""

from dataclasses import dataclass, field
from pathlib import Path

from automl_api.resources.experiment import SecretReference
from automl_runner.failures import WorkFailed

ACCESS_KEY, SECRET_KEY, SESSION_TOKEN = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"


@dataclass(frozen=True)
class Keys:
    """A key and its secret; the session token only where they are temporary."""

    access: str = field(repr=False)
    secret: str = field(repr=False)
    session_token: str = field(default="", repr=False)

    def arguments(self) -> dict[str, str | None]:
        """As pyarrow.fs.S3FileSystem calls them."""
        return {
            "access_key": self.access,
            "secret_key": self.secret,
            "session_token": self.session_token or None,
        }


def read_keys(reference: SecretReference | None, secrets: Path | None) -> Keys | None:
    """The keys of a Secret; None where none is named, or none is mounted as on one machine: the environment's count.

    Raises WorkFailed (program, CredentialsMissing).
    """
    if reference is None or secrets is None:
        return None
    directory = secrets / reference.name
    return Keys(
        _value(directory, reference.name, ACCESS_KEY),
        _value(directory, reference.name, SECRET_KEY),
        _text(directory / SESSION_TOKEN),
    )


def _value(directory: Path, name: str, key: str) -> str:
    if "/" in name or not (text := _text(directory / key)):
        message = (
            f'the Secret "{name}" has no {key}; make it with: kubectl create secret generic {name} '
            f"--from-literal={ACCESS_KEY}=... --from-literal={SECRET_KEY}=..."
        )
        raise WorkFailed("program", "CredentialsMissing", message)
    return text


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
