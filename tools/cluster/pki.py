"""Keys and certificates, made with openssl: the machine has it, and the tool needs no Python package."""

import os
from dataclasses import dataclass
from pathlib import Path

from cluster.layout import CONTROL_PLANE, KUBERNETES_SERVICE, LOOPBACK, NodePlace
from cluster.shell import run

_DAYS = "365"
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Identity:
    """Who a certificate is for: Kubernetes takes the user's name from `common_name`, the group from `organization`."""

    name: str
    common_name: str
    organization: str = ""
    addresses: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """As openssl reads it."""
        group = f"/O={self.organization}" if self.organization else ""
        return f"{group}/CN={self.common_name}"

    @property
    def extensions(self) -> str:
        """Of a certificate for clients, and for servers where there is an address or a host."""
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
"""What the control plane serves with."""
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
    """What the API server's Node authorizer knows a kubelet by; also what the kubelet serves with."""
    return Identity(place.name, f"system:node:{place.name}", "system:nodes", (place.address,), (place.name,))


@dataclass(frozen=True)
class Authority:
    """A folder with the cluster's own certificate authority, and what it has signed."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """That everybody in the cluster trusts."""
        return self.folder / "ca.crt"

    @property
    def service_account_key(self) -> Path:
        """Signs the tokens of service accounts."""
        return self.folder / "service-account.key"

    @property
    def service_account_public_key(self) -> Path:
        """Verifies them."""
        return self.folder / "service-account.pub"

    def create(self) -> None:
        """Make the authority and the key of the service accounts, unless they are there."""
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
        """Where the identity's certificate and key lie."""
        return self.folder / f"{identity.name}.crt", self.folder / f"{identity.name}.key"

    def issue(self, identity: Identity) -> tuple[Path, Path]:
        """The identity's certificate and key, made first where they are missing."""
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
