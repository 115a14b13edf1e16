"""Certificates and tokens, made and checked with openssl itself."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from cluster.pki import SERVER, Authority
from cluster.tokens import claims, signed


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path / "pki")
    made.create()
    return made


def test_a_certificate_is_signed_by_the_authority(authority: Authority) -> None:
    certificate, _ = authority.issue(SERVER)
    command: list[str | Path] = [
        "openssl",
        "verify",
        "-CAfile",
        authority.certificate,
        "-verify_hostname",
        "kubernetes.default.svc",
    ]
    assert subprocess.run([*command, certificate], check=False, capture_output=True).returncode == 0


def test_keys_are_created_once(authority: Authority) -> None:
    before = [path.read_bytes() for path in authority.issue(SERVER)]
    authority.create()
    assert [path.read_bytes() for path in authority.issue(SERVER)] == before


def test_a_token_is_signed_with_the_key_of_the_service_accounts(authority: Authority, tmp_path: Path) -> None:
    payload = claims(
        namespace="team", service_account="default", pod="p", pod_uid="u", audience="them", issued=1000, expires=2000
    )
    head, body, signature = signed(payload, authority.service_account_key).split(".")
    (tmp_path / "signature").write_bytes(decoded(signature))
    command: list[str | Path] = ["openssl", "dgst", "-sha256", "-verify", authority.service_account_public_key]
    checked = subprocess.run(
        [*command, "-signature", tmp_path / "signature"],
        input=f"{head}.{body}".encode(),
        check=False,
        capture_output=True,
    )
    assert checked.returncode == 0
    assert json.loads(decoded(body)) == payload
    assert json.loads(decoded(head))["alg"] == "RS256"


def test_a_token_names_the_pod_like_a_projected_token() -> None:
    payload = claims(
        namespace="team", service_account="runner", pod="p", pod_uid="u", audience="them", issued=1000.5, expires=2000
    )
    assert payload["aud"] == ["them"]
    assert payload["exp"] == 2000
    assert payload["sub"] == "system:serviceaccount:team:runner"
    bound = payload["kubernetes.io"]
    assert isinstance(bound, dict)
    assert bound["pod"] == {"name": "p", "uid": "u"}


def decoded(text: str) -> bytes:
    """Decoded from the base64 of JSON Web Tokens."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
