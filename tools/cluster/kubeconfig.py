"""Builds a kubeconfig with embedded certificates, so that the file can be copied. It is JSON, which is valid YAML."""

import base64
import json


def kubeconfig(server: str, authority: bytes, certificate: bytes, key: bytes) -> str:
    """A kubeconfig for one cluster, one user and the default namespace; the three files are PEM."""
    cluster = {"server": server, "certificate-authority-data": _encoded(authority)}
    user = {"client-certificate-data": _encoded(certificate), "client-key-data": _encoded(key)}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test-cluster", "cluster": cluster}],
        "users": [{"name": "user", "user": user}],
        "contexts": [{"name": "test-cluster", "context": {"cluster": "test-cluster", "user": "user"}}],
        "current-context": "test-cluster",
    }
    return json.dumps(config, indent=1) + "\n"


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
