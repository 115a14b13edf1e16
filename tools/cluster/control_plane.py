"""The processes of the cluster: store, API server, controllers, scheduler, proxy, name server, provisioner."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster import addons
from cluster import control_plane_flags as flags
from cluster.component import Component
from cluster.daemon import Daemon
from cluster.files import write_file
from cluster.kubeconfig import kubeconfig
from cluster.layout import ClusterFolders
from cluster.pki import COREDNS, IDENTITIES, KUBELET_CLIENT, LOCAL_PATH, SERVER, Authority, Identity
from cluster.toolchain import project_of


@dataclass(frozen=True)
class ControlPlane:
    """The components in the order of starting. `programs` maps a project's folder to its built programs."""

    layout: ClusterFolders
    programs: Mapping[str, Path]

    @property
    def authority(self) -> Authority:
        """The authority that signs the cluster's certificates."""
        return Authority(self.layout.pki)

    def write_files(self) -> None:
        """Write keys, certificates, kubeconfigs and the add-ons' configuration."""
        self.authority.create()
        for identity in IDENTITIES:
            self.authority.issue(identity)
        for identity in IDENTITIES:
            if identity not in {SERVER, KUBELET_CLIENT}:
                self.write_kubeconfig(identity, self.kubeconfig(identity))
        self._write("audit/policy.json", flags.audit_policy())
        self._write("local-path/config.json", addons.local_path_config(self.layout.state / "volumes"))
        self._write("local-path/helper.json", addons.helper_pod())
        write_file(self.layout.state / "Corefile", addons.corefile(self.kubeconfig(COREDNS)))

    def write_kubeconfig(self, identity: Identity, path: Path) -> None:
        """Write a kubeconfig for this identity; only its owner may read the file."""
        certificate, key = self.authority.issue(identity)
        parts = (self.authority.certificate.read_bytes(), certificate.read_bytes(), key.read_bytes())
        write_file(path, kubeconfig(flags.API_SERVER, *parts), mode=0o600)

    def kubeconfig(self, identity: Identity) -> Path:
        """The path of the identity's kubeconfig."""
        return self.layout.pki / f"{identity.name}.kubeconfig"

    def core(self) -> list[Component]:
        """The components that nodes need, in the order of starting."""
        server, client = self.authority.pair(SERVER), self.authority.pair(KUBELET_CLIENT)
        audit = self.layout.state / "audit"
        manager = self.layout.pki / "kube-controller-manager.kubeconfig"
        scheduler = self.layout.pki / "kube-scheduler.kubeconfig"
        return [
            self._component("etcd", flags.etcd(self.layout.state / "etcd"), f"{flags.ETCD_CLIENTS}/health"),
            self._component(
                "kube-apiserver",
                flags.api_server(self.authority, server, client, audit),
                f"{flags.API_SERVER}/readyz",
                seconds=300,
            ),
            self._component(
                "kube-controller-manager",
                flags.controller_manager(self.authority, server, manager),
                f"{flags.CONTROLLER_MANAGER}/healthz",
            ),
            self._component("kube-scheduler", flags.scheduler(server, scheduler), f"{flags.SCHEDULER}/readyz"),
        ]

    def addons(self) -> list[Component]:
        """The components that pods need; they start after the first node."""
        proxy = flags.proxy(self.layout.pki / "kube-proxy.kubeconfig", "node-1")
        provisioner = addons.local_path_flags(
            self.kubeconfig(LOCAL_PATH),
            self.layout.state / "local-path/config.json",
            self.layout.state / "local-path/helper.json",
        )
        return [
            self._component("kube-proxy", proxy, f"http://{flags.PROXY_HEALTH}/healthz"),
            self._component(
                "coredns", ["-conf", str(self.layout.state / "Corefile")], f"http://{addons.DNS_HEALTH}/ready"
            ),
            self._component("local-path-provisioner", provisioner, ""),
        ]

    def _component(self, name: str, arguments: list[str], health: str, *, seconds: float = 60) -> Component:
        program = self.programs[project_of(name).folder] / name
        daemon = Daemon(name, [str(program), *arguments], self.layout.state / "control-plane")
        return Component(daemon, lambda: answers(health, self.authority.certificate) if health else True, seconds)

    def _write(self, name: str, content: object) -> None:
        path = self.layout.state / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, json.dumps(content, indent=1))


def answers(url: str, authority: Path) -> bool:
    """True when the URL answers 200 to a client that trusts `authority`."""
    trusted = ssl.create_default_context(cafile=str(authority)) if url.startswith("https:") else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted))
    try:
        with opener.open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
