"""The volumes of a runner's pod and their paths: its contract with the runner program."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from automl_api.names import GROUP, RUNNER_AUDIENCE
from automl_operator.kube.manifests.belonging import Object

ANNOTATION_BROKER_CA: Final = f"{GROUP}/broker-ca"
"""The broker's CA in PEM. The pod mounts it from its own annotation, so the operator needs no right to ConfigMaps."""
IDENTITY_DIRECTORY: Final = "/var/run/automl"
TOKEN_FILE: Final = f"{IDENTITY_DIRECTORY}/token"
BROKER_CA_FILE: Final = f"{IDENTITY_DIRECTORY}/broker-ca.crt"
CLAIMS_DIRECTORY: Final = "/mnt/claims"
SECRETS_DIRECTORY: Final = "/mnt/secrets"
SCRATCH_DIRECTORY: Final = "/tmp"  # noqa: S108  (a volume of the pod's own)
CACHE_DIRECTORY: Final = "/tmp/automl"  # noqa: S108
TOKEN_SECONDS: Final = 3600


@dataclass(frozen=True)
class ClaimMount:
    """A volume claim that a runner mounts, to read only or to read and write."""

    claim: str
    read_only: bool = False


@dataclass(frozen=True)
class SecretMount:
    """A Secret that a runner reads, and the keys that it must have."""

    secret: str
    keys: tuple[str, ...]


def volumes(
    claims: Iterable[ClaimMount], secrets: Iterable[SecretMount], *, broker_ca: bool
) -> tuple[list[Object], list[Object]]:
    """The pod's volumes, and the container's mounts of them."""
    pairs = [_identity(broker_ca), _scratch()]
    pairs += [_claim(number, claim) for number, claim in enumerate(claims)]
    pairs += [_secret(number, secret) for number, secret in enumerate(secrets)]
    return [volume for volume, _ in pairs], [mount for _, mount in pairs]


def _identity(broker_ca: bool) -> tuple[Object, Object]:
    token = {"audience": RUNNER_AUDIENCE, "expirationSeconds": TOKEN_SECONDS, "path": "token"}
    sources: list[Object] = [{"serviceAccountToken": token}]
    if broker_ca:
        field = {"fieldPath": f"metadata.annotations['{ANNOTATION_BROKER_CA}']"}
        sources.append({"downwardAPI": {"items": [{"path": "broker-ca.crt", "fieldRef": field}]}})
    volume = {"name": "identity", "projected": {"sources": sources}}
    return volume, {"name": "identity", "mountPath": IDENTITY_DIRECTORY, "readOnly": True}


def _scratch() -> tuple[Object, Object]:
    return {"name": "scratch", "emptyDir": {}}, {"name": "scratch", "mountPath": SCRATCH_DIRECTORY}


def _claim(number: int, mount: ClaimMount) -> tuple[Object, Object]:
    name = f"claim-{number}"
    volume = {"name": name, "persistentVolumeClaim": {"claimName": mount.claim}}
    return volume, {"name": name, "mountPath": f"{CLAIMS_DIRECTORY}/{mount.claim}", "readOnly": mount.read_only}


def _secret(number: int, mount: SecretMount) -> tuple[Object, Object]:
    name = f"secret-{number}"
    items = [{"key": key, "path": key} for key in mount.keys]
    volume = {"name": name, "secret": {"secretName": mount.secret, "items": items}}
    return volume, {"name": name, "mountPath": f"{SECRETS_DIRECTORY}/{mount.secret}", "readOnly": True}
