"""Finds this machine's certificates and pip and uv configuration. Builds get them as secrets, so no layer has them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

# The file of each secret of the Containerfiles: first the files that variables name, then the usual places.
VARIABLES = {
    "certificates": ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"),
    "pip": ("PIP_CONFIG_FILE",),
    "uv": ("UV_CONFIG_FILE",),
}
PLACES = {
    "certificates": ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"),
    "pip": ("~/.config/pip/pip.conf", "~/.pip/pip.conf", "/etc/pip.conf"),
    "uv": ("~/.config/uv/uv.toml", "/etc/uv/uv.toml"),
}
# Variables that replace the configuration file by a single line.
LINES = {
    "pip": {"PIP_INDEX_URL": "[global]\nindex-url = {}\n"},
    "uv": {"UV_DEFAULT_INDEX": '[[index]]\nurl = "{}"\ndefault = true\n'},
}


@contextmanager
def secrets(environment: Mapping[str, str], home: Path) -> Iterator[dict[str, Path]]:
    """A context with the file of each secret that this machine has."""
    with TemporaryDirectory() as folder:
        found = {name: file for name in VARIABLES if (file := _file(name, environment, home)) is not None}
        for name, lines in LINES.items():
            text = "".join(
                line.format(environment[variable]) for variable, line in lines.items() if variable in environment
            )
            if text:
                found[name] = Path(folder, name)
                found[name].write_text(text, encoding="utf-8")
        yield found


def _file(name: str, environment: Mapping[str, str], home: Path) -> Path | None:
    named = [environment[variable] for variable in VARIABLES[name] if environment.get(variable)]
    usual = [place.replace("~", str(home), 1) for place in PLACES[name]]
    return next((Path(path) for path in (*named, *usual) if Path(path).is_file()), None)
