"""The add-ons of the cluster: its DNS, the default StorageClass, and their permissions.

Name server and provisioner run on the machine like the control plane, so that they need no image of their own.
"""

import json
from pathlib import Path

from cluster.layout import CLUSTER_DOMAIN, CONTROL_PLANE, DNS_PORT, DNS_SERVICE
from cluster.pki import COREDNS, LOCAL_PATH

BUSYBOX_IMAGE = "localhost/cluster-busybox:1"
STORAGE_NAMESPACE = "local-path-storage"
DNS_HEALTH = f"{CONTROL_PLANE}:8181"
_PROVISIONER = "rancher.io/local-path"
_READ = ["get", "list", "watch"]
_WRITE = [*_READ, "create", "patch", "update", "delete"]

Manifest = dict[str, object]


def corefile(kubeconfig: Path) -> str:
    """CoreDNS' configuration: it resolves services and pods, and answers NXDOMAIN for every name outside the cluster."""
    return f"""\
{CLUSTER_DOMAIN}:{DNS_PORT} in-addr.arpa:{DNS_PORT} {{
    bind {CONTROL_PLANE}
    errors
    ready {DNS_HEALTH}
    kubernetes {CLUSTER_DOMAIN} in-addr.arpa {{
        kubeconfig {kubeconfig}
        pods insecure
        ttl 1
    }}
}}
.:{DNS_PORT} {{
    bind {CONTROL_PLANE}
    errors
    template ANY ANY {{
        rcode NXDOMAIN
    }}
}}
"""


def local_path_config(volumes: Path) -> Manifest:
    """The provisioner's configuration: on every node, volumes are folders below `volumes`."""
    return {"nodePathMap": [{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": [str(volumes)]}]}


def local_path_flags(kubeconfig: Path, config: Path, helper_pod: Path) -> list[str]:
    """The command line of local-path-provisioner."""
    return [
        "start",
        f"--kubeconfig={kubeconfig}",
        f"--config={config}",
        f"--helper-pod-file={helper_pod}",
        f"--helper-image={BUSYBOX_IMAGE}",
        f"--namespace={STORAGE_NAMESPACE}",
        f"--provisioner-name={_PROVISIONER}",
        "--service-account-name=default",
        "--configmap-name=local-path",
    ]


def helper_pod() -> Manifest:
    """The pod that creates and removes a volume's folder; the provisioner fills in the rest."""
    container = {"name": "helper", "image": BUSYBOX_IMAGE, "imagePullPolicy": "IfNotPresent"}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "helper"}, "spec": spec}


def manifests() -> str:
    """All objects of the add-ons, as a List in JSON for kubectl."""
    items = [
        *_permissions(
            COREDNS.common_name,
            [
                _rule("", ["services", "pods", "namespaces", "nodes"], _READ),
                _rule("discovery.k8s.io", ["endpointslices"], _READ),
            ],
        ),
        *_permissions(
            LOCAL_PATH.common_name,
            [
                _rule("", ["nodes", "persistentvolumeclaims", "configmaps", "pods/log"], _READ),
                _rule("", ["pods", "persistentvolumes"], _WRITE),
                _rule("", ["events"], ["create", "patch"]),
                _rule("storage.k8s.io", ["storageclasses"], _READ),
            ],
        ),
        *_cluster_dns(),
        *_local_path(),
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def _cluster_dns() -> list[Manifest]:
    metadata = {"name": "kube-dns", "namespace": "kube-system"}
    protocols = [("dns", "UDP"), ("dns-tcp", "TCP")]
    ports = [{"name": name, "port": 53, "protocol": protocol} for name, protocol in protocols]
    behind = [{"name": name, "port": DNS_PORT, "protocol": protocol} for name, protocol in protocols]
    slice_labels = {"kubernetes.io/service-name": "kube-dns"}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"clusterIP": DNS_SERVICE, "ports": ports},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**metadata, "labels": slice_labels},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [CONTROL_PLANE], "conditions": {"ready": True}}],
            "ports": behind,
        },
    ]


def _local_path() -> list[Manifest]:
    scripts = {"setup": '#!/bin/sh\nmkdir -m 0777 -p "$VOL_DIR"\n', "teardown": '#!/bin/sh\nrm -rf "$VOL_DIR"\n'}
    default = {"storageclass.kubernetes.io/is-default-class": "true"}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": STORAGE_NAMESPACE}},
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "local-path", "namespace": STORAGE_NAMESPACE},
            "data": scripts,
        },
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": "local-path", "annotations": default},
            "provisioner": _PROVISIONER,
            "volumeBindingMode": "WaitForFirstConsumer",
            "reclaimPolicy": "Delete",
        },
    ]


def _permissions(user: str, rules: list[Manifest]) -> list[Manifest]:
    group = "rbac.authorization.k8s.io"
    reference = {"apiGroup": group, "kind": "ClusterRole", "name": user}
    subject = {"apiGroup": group, "kind": "User", "name": user}
    kind = {"apiVersion": f"{group}/v1", "metadata": {"name": user}}
    return [
        {**kind, "kind": "ClusterRole", "rules": rules},
        {**kind, "kind": "ClusterRoleBinding", "roleRef": reference, "subjects": [subject]},
    ]


def _rule(group: str, resources: list[str], verbs: list[str]) -> Manifest:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}
