"""Signs service account tokens with the test cluster's key, including ones that the API server would not issue."""

import base64
import hashlib
import json
import subprocess
import uuid
from pathlib import Path

from cluster.errors import ToolError
from cluster.layout import ISSUER
from cluster.shell import environment


def claims(
    *, namespace: str, service_account: str, pod: str, pod_uid: str, audience: str, issued: float, expires: float
) -> dict[str, object]:
    """The claims of a projected token of this pod; times in Unix seconds."""
    return {
        "aud": [audience],
        "exp": int(expires),
        "iat": int(issued),
        "iss": ISSUER,
        "jti": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{pod_uid} {audience} {issued} {expires}")),
        "kubernetes.io": {
            "namespace": namespace,
            "pod": {"name": pod, "uid": pod_uid},
            "serviceaccount": {"name": service_account, "uid": str(uuid.uuid5(uuid.NAMESPACE_DNS, service_account))},
        },
        "nbf": int(issued),
        "sub": f"system:serviceaccount:{namespace}:{service_account}",
    }


def signed(payload: dict[str, object], key: Path) -> str:
    """A JSON Web Token (RS256). Its key id is the digest of the public key, as in the API server's tokens."""
    public = _openssl("rsa", "-in", str(key), "-pubout", "-outform", "DER")
    header = {"alg": "RS256", "kid": _encoded(hashlib.sha256(public).digest()), "typ": "JWT"}
    text = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(payload).encode())}"
    return f"{text}.{_encoded(_openssl('dgst', '-sha256', '-sign', str(key), content=text.encode()))}"


def _openssl(*arguments: str, content: bytes = b"") -> bytes:
    command = ["openssl", *arguments]
    done = subprocess.run(command, input=content, env=environment(), capture_output=True, check=False)
    if done.returncode != 0:
        raise ToolError(f"exit code {done.returncode} from {' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
