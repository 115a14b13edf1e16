"""Creates keys and certificates with openssl, so that the tool needs no Python package."""

import os
from dataclasses import dataclass
from pathlib import Path

from cluster.layout import CONTROL_PLANE, KUBERNETES_SERVICE, LOOPBACK, NodePlace
from cluster.shell import run

_DAYS = "365"
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Identity:
    """The subject of a certificate. Kubernetes reads the user from `common_name`, and the group from `organization`."""

    name: str
    common_name: str
    organization: str = ""
    addresses: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The subject in openssl's syntax."""
        group = f"/O={self.organization}" if self.organization else ""
        return f"{group}/CN={self.common_name}"

    @property
    def extensions(self) -> str:
        """The extensions of a client certificate. With an address or a host, it also serves as a server certificate."""
        names = [*(f"IP:{address}" for address in self.addresses), *(f"DNS:{host}" for host in self.hosts)]
        lines = [
            "basicConstraints=critical,CA:FALSE",
            "keyUsage=critical,digitalSignature",
            f"extendedKeyUsage=clientAuth{',serverAuth' if names else ''}",
        ]
        return "\n".join([*lines, *([f"subjectAltName={','.join(names)}"] if names else []), ""])


SERVER = Identity(
    "server",
    "kube-apiserver",
    addresses=("127.0.0.1", LOOPBACK, CONTROL_PLANE, KUBERNETES_SERVICE),
    hosts=(
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    ),
)
"""The control plane's serving certificate."""
KUBELET_CLIENT = Identity("kubelet-client", "kube-apiserver-kubelet-client", "system:masters")
ADMINISTRATOR = Identity("administrator", "administrator", "system:masters")
CONTROLLER_MANAGER = Identity("kube-controller-manager", "system:kube-controller-manager")
SCHEDULER = Identity("kube-scheduler", "system:kube-scheduler")
PROXY = Identity("kube-proxy", "system:kube-proxy")
COREDNS = Identity("coredns", "system:coredns")
LOCAL_PATH = Identity("local-path-provisioner", "system:local-path-provisioner")
IDENTITIES = (
    SERVER,
    KUBELET_CLIENT,
    ADMINISTRATOR,
    CONTROLLER_MANAGER,
    SCHEDULER,
    PROXY,
    COREDNS,
    LOCAL_PATH,
)


def node_identity(place: NodePlace) -> Identity:
    """A kubelet's identity, for the API server's Node authorizer and for the kubelet's own server."""
    return Identity(place.name, f"system:node:{place.name}", "system:nodes", (place.address,), (place.name,))


@dataclass(frozen=True)
class Authority:
    """A folder with the cluster's own certificate authority and the certificates that it signed."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """The CA certificate that all parts of the cluster trust."""
        return self.folder / "ca.crt"

    @property
    def service_account_key(self) -> Path:
        """The key that signs service account tokens."""
        return self.folder / "service-account.key"

    @property
    def service_account_public_key(self) -> Path:
        """The key that verifies service account tokens."""
        return self.folder / "service-account.pub"

    def create(self) -> None:
        """Create the authority and the service account key, unless they exist."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.certificate.exists():
            self._create_certificate()
        if not self.service_account_public_key.exists():
            self._create_service_account_key()

    def _create_certificate(self) -> None:
        new = self.folder / "ca.new"
        key = self.folder / "ca.key"
        run(
            [
                "openssl",
                "req",
                "-x509",
                *_NEW_KEY,
                "-keyout",
                key,
                "-out",
                new,
                "-days",
                _DAYS,
                "-subj",
                "/CN=test-cluster",
            ]
        )
        new.rename(self.certificate)

    def _create_service_account_key(self) -> None:
        new = self.folder / "service-account.new"
        key = self.service_account_key
        run(["openssl", "genrsa", "-traditional", "-out", key, "2048"])
        run(["openssl", "rsa", "-in", key, "-pubout", "-out", new])
        new.rename(self.service_account_public_key)

    def pair(self, identity: Identity) -> tuple[Path, Path]:
        """The paths of the identity's certificate and key."""
        return self.folder / f"{identity.name}.crt", self.folder / f"{identity.name}.key"

    def issue(self, identity: Identity) -> tuple[Path, Path]:
        """The identity's certificate and key, which are created if missing."""
        certificate, key = self.pair(identity)
        if not certificate.exists():
            request, extensions = self.folder / f"{identity.name}.csr", self.folder / f"{identity.name}.ext"
            extensions.write_text(identity.extensions, encoding="utf-8")
            run(["openssl", "req", "-new", *_NEW_KEY, "-keyout", key, "-out", request, "-subj", identity.subject])
            self._sign(request, extensions, certificate)
        return certificate, key

    def _sign(self, request: Path, extensions: Path, certificate: Path) -> None:
        new = certificate.with_suffix(".new")
        serial = f"0x{os.urandom(16).hex()}"
        authority = ["-CA", str(self.certificate), "-CAkey", str(self.folder / "ca.key"), "-set_serial", serial]
        run(
            ["openssl", "x509", "-req", "-in", request, *authority, "-days", _DAYS, "-extfile", extensions, "-out", new]
        )
        new.rename(certificate)
