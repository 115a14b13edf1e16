"""The command lines of the control plane, as pure functions of folders and files."""

from pathlib import Path

from cluster.layout import (
    API_PORT,
    CONTROL_PLANE,
    ISSUER,
    LOOPBACK,
    POD_NETWORK,
    SERVICE_NETWORK,
)
from cluster.pki import Authority

ETCD_CLIENTS = f"http://{LOOPBACK}:2379"
ETCD_PEERS = f"http://{LOOPBACK}:2380"
API_SERVER = f"https://{CONTROL_PLANE}:{API_PORT}"
CONTROLLER_MANAGER = f"https://{LOOPBACK}:10257"
SCHEDULER = f"https://{LOOPBACK}:10259"
PROXY_HEALTH = f"{LOOPBACK}:10256"
PROXY_METRICS = f"{LOOPBACK}:10249"


def etcd(data: Path) -> list[str]:
    """The flags of etcd. It runs without fsync, because a test cluster's data may be lost."""
    return [
        f"--data-dir={data}",
        f"--listen-client-urls={ETCD_CLIENTS}",
        f"--advertise-client-urls={ETCD_CLIENTS}",
        f"--listen-peer-urls={ETCD_PEERS}",
        f"--initial-advertise-peer-urls={ETCD_PEERS}",
        f"--initial-cluster=default={ETCD_PEERS}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def api_server(
    authority: Authority, server: tuple[Path, Path], kubelet_client: tuple[Path, Path], audit: Path
) -> list[str]:
    """The flags of the API server. The default admission plugins stay on, because tests should meet them."""
    return [
        f"--etcd-servers={ETCD_CLIENTS}",
        f"--bind-address={CONTROL_PLANE}",
        f"--advertise-address={CONTROL_PLANE}",
        f"--secure-port={API_PORT}",
        f"--cert-dir={authority.folder}",
        f"--client-ca-file={authority.certificate}",
        *_serves_with(server),
        f"--service-account-issuer={ISSUER}",
        f"--service-account-key-file={authority.service_account_public_key}",
        f"--service-account-signing-key-file={authority.service_account_key}",
        "--authorization-mode=Node,RBAC",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--kubelet-client-certificate={kubelet_client[0]}",
        f"--kubelet-client-key={kubelet_client[1]}",
        f"--kubelet-certificate-authority={authority.certificate}",
        "--kubelet-preferred-address-types=InternalIP",
        "--shutdown-delay-duration=0s",
        f"--audit-policy-file={audit / 'policy.json'}",
        f"--audit-log-path={audit / 'audit.log'}",
        "--audit-log-maxsize=1000",
    ]


def audit_policy() -> dict[str, object]:
    """An audit policy that logs all calls of service accounts, but not those of the cluster's own.

    Tests count writes and refusals in the log.
    """
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "None", "userGroups": ["system:serviceaccounts:kube-system"]},
            {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
            {"level": "None"},
        ],
    }


def controller_manager(authority: Authority, server: tuple[Path, Path], kubeconfig: Path) -> list[str]:
    """The flags of the controller manager. It notices a lost node within 8 s, as the kubelets' leases do (node_files.py)."""
    return [
        *_trusts(kubeconfig),
        *_serves_with(server),
        f"--bind-address={LOOPBACK}",
        f"--service-account-private-key-file={authority.service_account_key}",
        f"--root-ca-file={authority.certificate}",
        "--use-service-account-credentials",
        f"--cluster-cidr={POD_NETWORK}",
        "--allocate-node-cidrs=false",
        "--leader-elect=false",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        "--node-monitor-period=2s",
        "--node-monitor-grace-period=8s",
    ]


def scheduler(server: tuple[Path, Path], kubeconfig: Path) -> list[str]:
    """The flags of the scheduler. There is only one, so it needs no leader election."""
    return [*_trusts(kubeconfig), *_serves_with(server), f"--bind-address={LOOPBACK}", "--leader-elect=false"]


def proxy(kubeconfig: Path, node: str) -> list[str]:
    """The flags of kube-proxy. One serves all nodes, as they share a network. Kernel settings stay as they are."""
    return [
        f"--kubeconfig={kubeconfig}",
        f"--hostname-override={node}",
        "--proxy-mode=iptables",
        f"--cluster-cidr={POD_NETWORK}",
        f"--healthz-bind-address={PROXY_HEALTH}",
        f"--metrics-bind-address={PROXY_METRICS}",
        "--iptables-localhost-nodeports=false",
        "--iptables-min-sync-period=100ms",
        "--conntrack-max-per-core=0",
        "--conntrack-tcp-timeout-established=0",
        "--conntrack-tcp-timeout-close-wait=0",
    ]


def _trusts(kubeconfig: Path) -> list[str]:
    return [f"--{use}kubeconfig={kubeconfig}" for use in ("", "authentication-", "authorization-")]


def _serves_with(pair: tuple[Path, Path]) -> list[str]:
    return [f"--tls-cert-file={pair[0]}", f"--tls-private-key-file={pair[1]}"]
