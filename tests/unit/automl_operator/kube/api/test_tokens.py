"""Tokens of service accounts: their claims, and the reasons of refusals."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from automl_operator.broker.identity import Unauthorized
from automl_operator.kube.api.errors import Busy
from automl_operator.kube.api.tokens import Claims, TokenVerifier
from fakes.clock import FakeClock

ISSUER = "https://kubernetes.default.svc.cluster.local"
AUDIENCE = "runner.automl-operator.dev"
NOW = 1_700_000_000.0
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE_KEY = ec.generate_private_key(ec.SECP256R1())
PRIVATE: dict[str, tuple[rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, str]] = {
    "rsa": (RSA_KEY, "RS256"),
    "curve": (CURVE_KEY, "ES256"),
}
BOUND: dict[str, Any] = {
    "namespace": "team",
    "node": {"name": "node-1", "uid": "n"},
    "pod": {"name": "churn-0-cpu-0-x", "uid": "p"},
    "serviceaccount": {"name": "default", "uid": "s"},
    "warnafter": NOW + 10,
}


def published(name: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    if isinstance(key, rsa.RSAPrivateKey):
        alg, described = "RS256", jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    else:
        alg, described = "ES256", jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return described | {"kid": name, "alg": alg, "use": "sig"}


KEY_SET = {"keys": [published("rsa", RSA_KEY), published("curve", CURVE_KEY)]}


def claims(**changes: Any) -> dict[str, Any]:
    made = {
        "aud": [AUDIENCE],
        "iss": ISSUER,
        "exp": NOW + 3600,
        "iat": NOW,
        "nbf": NOW,
        "sub": "system:serviceaccount:team:default",
        "kubernetes.io": BOUND,
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def a_token(key: str = "rsa", **changes: Any) -> str:
    private, algorithm = PRIVATE[key]
    return jwt.encode(claims(**changes), private, algorithm=algorithm, headers={"kid": key})


def a_token_about(kubernetes: dict[str, Any] | None) -> str:
    changes: dict[str, Any] = {"kubernetes.io": kubernetes}
    return a_token("rsa", **changes)


def unsigned(header: dict[str, Any], payload: dict[str, Any]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, payload)]
    return ".".join([*parts, ""])


class Publisher:
    """The API server's published keys, as a fetch function."""

    def __init__(self, key_set: Mapping[str, Any] = KEY_SET) -> None:
        self.key_set = key_set
        self.asked = 0
        self.error: Exception | None = None

    async def __call__(self) -> Mapping[str, Any]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.key_set


class Harness:
    def __init__(self, key_set: Mapping[str, Any] = KEY_SET) -> None:
        self.clock = FakeClock(NOW)
        self.publisher = Publisher(key_set)
        self.verifier = TokenVerifier(self.publisher, audience=AUDIENCE, issuer=ISSUER, clock=self.clock)

    async def reason(self, token: str) -> str:
        with pytest.raises(Unauthorized) as caught:
            await self.verifier.verify(token)
        return caught.value.reason


@pytest.mark.parametrize("key", list(PRIVATE))
async def test_a_token_names_its_pod(key: str) -> None:
    assert await Harness().verifier.verify(a_token(key)) == Claims(
        "team", "churn-0-cpu-0-x", "p", "default", NOW + 3600
    )


REFUSED = {
    "expired": (a_token(exp=NOW - 1), "Expired"),
    "expiring now": (a_token(exp=NOW), "Expired"),
    "without an end": (a_token(exp=None), "Expired"),
    "not valid yet": (a_token(nbf=NOW + 60), "NotYet"),
    "another audience": (a_token(aud=["https://kubernetes.default.svc"]), "WrongAudience"),
    "no audience": (a_token(aud=None), "WrongAudience"),
    "another issuer": (a_token(iss="https://elsewhere"), "WrongIssuer"),
    "no issuer": (a_token(iss=None), "WrongIssuer"),
    "another key": (jwt.encode(claims(), OTHER_KEY, algorithm="RS256", headers={"kid": "rsa"}), "BadSignature"),
    "an unknown key": (jwt.encode(claims(), OTHER_KEY, algorithm="RS256", headers={"kid": "new"}), "BadSignature"),
    "no key": (jwt.encode(claims(), RSA_KEY, algorithm="RS256"), "BadSignature"),
    "another algorithm of the key": (jwt.encode(claims(), RSA_KEY, "RS512", {"kid": "rsa"}), "BadSignature"),
    "no algorithm": (unsigned({"alg": "none", "kid": "rsa"}, claims()), "BadSignature"),
    "no pod": (a_token_about({"namespace": "team", "serviceaccount": {"name": "x"}}), "NoPod"),
    "no kubernetes claims": (a_token_about(None), "NoPod"),
    "a pod without uid": (a_token_about(BOUND | {"pod": {"name": "x"}}), "NoPod"),
    "a pod that is not an object": (a_token_about(BOUND | {"pod": "x"}), "NoPod"),
    "an end that is not a time": (a_token(exp="soon"), "Unreadable"),
    "no token": ("", "Unreadable"),
    "no parts": ("abc", "Unreadable"),
    "garbage parts": ("a.b.c", "Unreadable"),
    "too long": ("a" * 20_000, "Unreadable"),
    "not ascii": ("\ud800é.b.c", "Unreadable"),
}


@pytest.mark.parametrize(("token", "reason"), list(REFUSED.values()), ids=list(REFUSED))
async def test_a_refusal_has_a_reason(token: str, reason: str) -> None:
    assert await Harness().reason(token) == reason


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused() -> None:
    public = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = jwt.api_jws.PyJWS()
    signed.get_algorithm_by_name("HS256").prepare_key = lambda key: key  # type: ignore[method-assign]
    token = signed.encode(json.dumps(claims()).encode(), public, algorithm="HS256", headers={"kid": "rsa"})
    assert await Harness().reason(token) == "BadSignature"


async def test_a_changed_token_is_refused() -> None:
    header, payload, signature = a_token().split(".")
    other = base64.urlsafe_b64encode(json.dumps(claims(sub="me")).encode()).rstrip(b"=").decode()
    assert payload != other
    assert await Harness().reason(f"{header}.{other}.{signature}") == "BadSignature"


async def test_a_small_clock_difference_is_accepted() -> None:
    assert (await Harness().verifier.verify(a_token(nbf=NOW + 20))).pod_uid == "p"


async def test_a_cached_verification_ends_with_its_token() -> None:
    harness = Harness()
    token = a_token(exp=NOW + 30)
    assert (await harness.verifier.verify(token)).pod_uid == "p"
    await harness.clock.advance(29.0)
    assert (await harness.verifier.verify(token)).pod_uid == "p"
    await harness.clock.advance(1.0)
    assert await harness.reason(token) == "Expired"


async def test_keys_are_fetched_once_and_again_when_one_is_unknown() -> None:
    harness = Harness({"keys": [published("rsa", RSA_KEY)]})
    for _ in range(3):
        await harness.verifier.verify(a_token())
    assert harness.publisher.asked == 1
    for _ in range(5):
        assert await harness.reason(a_token("curve")) == "BadSignature"
    assert harness.publisher.asked == 1  # not again so soon
    harness.publisher.key_set = KEY_SET
    await harness.clock.advance(30.0)
    assert (await harness.verifier.verify(a_token("curve"))).pod_uid == "p"
    assert harness.publisher.asked == 2


async def test_if_keys_cannot_be_fetched_no_token_is_judged() -> None:
    harness = Harness()
    harness.publisher.error = Busy("no answer")
    with pytest.raises(Busy):
        await harness.verifier.verify(a_token())
    harness.publisher.error = None
    assert (await harness.verifier.verify(a_token())).pod_uid == "p"


async def test_keys_of_other_types_are_ignored() -> None:
    strange = [{"kty": "strange", "kid": "a"}, {"kty": "oct", "k": "c2VjcmV0", "kid": "b", "alg": "HS256"}, {}]
    harness = Harness({"keys": [*strange, *KEY_SET["keys"]]})
    assert (await harness.verifier.verify(a_token())).pod_uid == "p"
    forged = jwt.encode(claims(), "secret" * 10, algorithm="HS256", headers={"kid": "b"})
    assert await harness.reason(forged) == "BadSignature"


@given(st.text(max_size=200) | st.lists(st.text(max_size=40), min_size=3, max_size=3).map(".".join))
async def test_any_text_is_refused_without_a_crash(text: str) -> None:
    with pytest.raises(Unauthorized):
        await Harness().verifier.verify(text)
