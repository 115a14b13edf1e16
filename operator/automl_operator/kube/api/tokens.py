"""Verifies service account tokens without a call to the API server, so that many runners cost it nothing.

Service account tokens are JWTs that the API server signs; its keys are public (OpenID discovery). This module checks
what a TokenReview checks, except that the pod still exists: the watch on pods knows that.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt

from automl_operator.broker.identity import Unauthorized
from automl_operator.kube.api.expiring_cache import ExpiringCache

KEYS_PATH: Final = "/openid/v1/jwks"
ISSUER_PATH: Final = "/.well-known/openid-configuration"
ALGORITHMS: Final = frozenset({"RS256", "ES256"})
REFETCH_SECONDS: Final = 30.0
LEEWAY_SECONDS: Final = 30.0
"""Seconds that our clock may be behind the API server's. An expired token is never accepted: the kubelet renews a token
at 80 % of its life."""
LONGEST_TOKEN: Final = 16_384
CACHE_SECONDS: Final = 60.0


class TokenRefused(Unauthorized):
    """A token is refused. Reasons: Expired NotYet WrongAudience WrongIssuer BadSignature NoPod Unreadable."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message, reason=reason)


@dataclass(frozen=True)
class Claims:
    """The pod that the API server issued a token for; `expires_at` in Unix seconds."""

    namespace: str
    pod: str
    pod_uid: str
    service_account: str
    expires_at: float


class TokenVerifier:
    """Verifies service account tokens of one audience and issuer.

    `fetch_keys` returns the JSON Web Key Set. It is called for an unknown key, at most every 30 s.
    """

    def __init__(
        self,
        fetch_keys: Callable[[], Awaitable[Mapping[str, Any]]],
        *,
        audience: str,
        issuer: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._fetch_keys = fetch_keys
        self._audience = audience
        self._issuer = issuer
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None
        self._fetching = asyncio.Lock()
        self._verified: ExpiringCache[Claims] = ExpiringCache(seconds=CACHE_SECONDS, clock=clock)

    async def verify(self, token: str) -> Claims:
        """The claims of a valid token. Raises TokenRefused, and whatever `fetch_keys` raises."""
        digest = hashlib.sha256(token.encode(errors="replace")).hexdigest()
        known = self._verified.get(digest)
        if known is not None:
            return known
        claims = self._read(token, await self._key_of(token))
        self._verified.put(digest, claims, until=claims.expires_at)
        return claims

    async def _key_of(self, token: str) -> jwt.PyJWK:
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise TokenRefused("Unreadable", "the token is not a JWT: too long, or not ASCII")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise TokenRefused("Unreadable", f"the token is not a JWT: {error}") from error
        name = str(header.get("kid", ""))
        if name not in self._keys:
            await self._refetch(name)
        if name not in self._keys:
            raise TokenRefused("BadSignature", "the token is signed with a key that is not the API server's")
        return self._keys[name]

    async def _refetch(self, wanted: str) -> None:
        async with self._fetching:
            now = self._clock()
            fresh = self._fetched_at is not None and abs(now - self._fetched_at) < REFETCH_SECONDS
            if wanted in self._keys or fresh:
                return
            self._keys = _usable(await self._fetch_keys())
            self._fetched_at = now

    def _read(self, token: str, key: jwt.PyJWK) -> Claims:
        """Check the signature with the key's own algorithm, and not with the one that the token names."""
        try:
            payload = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._audience,
                issuer=self._issuer,
                options={
                    "require": ["exp", "iss", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.PyJWTError as error:
            raise TokenRefused(_reason(error), f"the token is refused: {error}") from error
        self._check_times(payload)
        return _claims(payload)

    def _check_times(self, payload: Mapping[str, Any]) -> None:
        now = self._clock()
        if _seconds(payload, "exp") <= now:
            raise TokenRefused("Expired", "the token has expired")
        if _seconds(payload, "nbf", now) > now + LEEWAY_SECONDS:
            raise TokenRefused("NotYet", "the token is not valid yet: do the clocks of operator and API server agree?")


def _usable(key_set: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """The keys whose signatures we accept, by key id."""
    usable = {}
    for described in key_set.get("keys", ()):
        try:
            key = jwt.PyJWK(described)
        except jwt.PyJWTError:
            continue  # the library does not know this type; a token signed with it has an unknown key
        if key.key_id and key.algorithm_name in ALGORITHMS:
            usable[key.key_id] = key
    return usable


def _reason(error: jwt.PyJWTError) -> str:
    if isinstance(error, jwt.InvalidAudienceError):
        return "WrongAudience"
    if isinstance(error, jwt.InvalidIssuerError):
        return "WrongIssuer"
    if isinstance(error, jwt.InvalidSignatureError | jwt.InvalidAlgorithmError):
        return "BadSignature"
    if isinstance(error, jwt.MissingRequiredClaimError):
        return {"exp": "Expired", "aud": "WrongAudience", "iss": "WrongIssuer"}[error.claim]
    return "Unreadable"


def _seconds(payload: Mapping[str, Any], claim: str, otherwise: float | None = None) -> float:
    value = payload.get(claim, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused("Unreadable", f"the token's {claim} is not a time")
    return float(value)


def _claims(payload: Mapping[str, Any]) -> Claims:
    """The claims under kubernetes.io, which only bound tokens have. Raises TokenRefused."""
    bound = payload.get("kubernetes.io")
    bound = bound if isinstance(bound, Mapping) else {}
    pod, account = bound.get("pod"), bound.get("serviceaccount")
    pod, account = (part if isinstance(part, Mapping) else {} for part in (pod, account))
    texts = (bound.get("namespace"), pod.get("name"), pod.get("uid"), account.get("name"))
    namespace, name, uid, service_account = (text if isinstance(text, str) else "" for text in texts)
    if not (namespace and name and uid):
        raise TokenRefused("NoPod", "the token is not bound to a pod")
    return Claims(namespace, name, uid, service_account, expires_at=float(payload["exp"]))
