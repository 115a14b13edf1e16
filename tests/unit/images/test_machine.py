"""The configuration that a build takes from this machine, and nothing else."""

from pathlib import Path

import pytest

from images import machine


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory, on a machine without configuration."""
    usual = {name: tuple(place for place in places if place.startswith("~")) for name, places in machine.PLACES.items()}
    monkeypatch.setattr(machine, "PLACES", usual)
    return tmp_path


def test_a_machine_without_configuration_adds_nothing(home: Path) -> None:
    with machine.secrets({}, home) as found:
        assert found == {}


def test_a_ca_bundle_that_a_variable_names_is_trusted_in_the_build(home: Path) -> None:
    bundle = home / "bundle.crt"
    bundle.write_text("certificates", encoding="utf-8")
    with machine.secrets({"PIP_CERT": str(bundle), "SSL_CERT_FILE": str(home / "gone")}, home) as found:
        assert found == {"certificates": bundle}


def test_the_users_own_configuration_is_used(home: Path) -> None:
    configuration = home / ".config/uv/uv.toml"
    configuration.parent.mkdir(parents=True)
    configuration.write_text("", encoding="utf-8")
    with machine.secrets({}, home) as found:
        assert found == {"uv": configuration}


def test_an_index_that_a_variable_names_becomes_a_file_only_for_the_build(home: Path) -> None:
    with machine.secrets({"PIP_INDEX_URL": "https://a/simple", "UV_DEFAULT_INDEX": "https://b/simple"}, home) as found:
        files = dict(found)
        assert files["pip"].read_text(encoding="utf-8") == "[global]\nindex-url = https://a/simple\n"
        assert files["uv"].read_text(encoding="utf-8") == '[[index]]\nurl = "https://b/simple"\ndefault = true\n'
    assert not any(file.exists() for file in files.values())
