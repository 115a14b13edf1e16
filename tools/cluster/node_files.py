"""The files and flags of a node's kubelet, containerd and pod network. Two nodes of a machine share no path."""

from pathlib import Path

from cluster.layout import CLUSTER_DOMAIN, DNS_SERVICE, NodePlace
from cluster.packages import NETWORK_PLUGINS

PAUSE_IMAGE = "localhost/cluster-pause:1"


def kubelet_flags(place: NodePlace, kubeconfig: Path) -> list[str]:
    """The kubelet's flags, for settings that its configuration file does not have."""
    return [
        f"--config={place.folder / 'kubelet.json'}",
        f"--kubeconfig={kubeconfig}",
        f"--hostname-override={place.name}",
        f"--node-ip={place.address}",
        f"--root-dir={place.folder / 'kubelet'}",
        f"--cert-dir={place.folder / 'kubelet-pki'}",
    ]


def kubelet_config(
    place: NodePlace, authority: Path, serving: tuple[Path, Path], *, reserved_for: str = ""
) -> dict[str, object]:
    """The kubelet's configuration. With `reserved_for` the node has a taint with that key.

    The lease is short, so that a lost node is noticed soon. Images are never collected, because no node could pull them.
    """
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": place.address,
        "port": 10250,
        "healthzBindAddress": place.address,
        "healthzPort": 10248,
        "tlsCertFile": str(serving[0]),
        "tlsPrivateKeyFile": str(serving[1]),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(authority)},
        },
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": f"unix://{place.socket}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{place.cgroup}",
        "enforceNodeAllocatable": [],
        "clusterDNS": [DNS_SERVICE],
        "clusterDomain": CLUSTER_DOMAIN,
        "resolvConf": "",
        "podLogsDir": str(place.folder / "pod-logs"),
        "volumePluginDir": str(place.folder / "volume-plugins"),
        "registerWithTaints": [{"key": reserved_for, "effect": "NoSchedule"}] if reserved_for else [],
        "nodeLeaseDurationSeconds": 8,
        "nodeStatusUpdateFrequency": "2s",
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "makeIPTablesUtilChains": False,
        "imageMinimumGCAge": "10h",
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "evictionPressureTransitionPeriod": "10s",
    }


def containerd_config(place: NodePlace) -> str:
    """containerd's configuration. `restrict_oom_score_adj` lets sandboxes start without CAP_SYS_RESOURCE; /opt is unused."""
    cri = 'plugins."io.containerd.grpc.v1.cri"'
    return f"""\
version = 2
root = "{place.folder / "containerd"}"
state = "{place.folder / "containerd-state"}"
disabled_plugins = [
  "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
address = "{place.socket}"

[{cri}]
sandbox_image = "{PAUSE_IMAGE}"
restrict_oom_score_adj = true
disable_apparmor = true
disable_hugetlb_controller = true
tolerate_missing_hugetlb_controller = true
netns_mounts_under_state_dir = true

[{cri}.cni]
bin_dir = "{NETWORK_PLUGINS}"
conf_dir = "{place.folder / "cni"}"

[{cri}.containerd]
default_runtime_name = "runc"

[{cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[{cri}.containerd.runtimes.runc.options]
Root = "{place.folder / "runc"}"
"""


def pod_network(place: NodePlace) -> dict[str, object]:
    """The pod network: a bridge of the node. There is no NAT, because the machine routes between bridges only."""
    bridge = {
        "type": "bridge",
        "bridge": place.bridge,
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "dataDir": str(place.folder / "addresses"),
            "ranges": [[{"subnet": place.pod_network}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    return {"cniVersion": "1.0.0", "name": network_name(place), "plugins": [bridge]}


def network_name(place: NodePlace) -> str:
    """The network's name; the network plugins name their files by it."""
    return f"automl-cluster-{place.name}"
