"""Values for the ways in which the chart is installed; tests render and check each of them."""

from typing import Any

from builders.chart import commented_pools

MODES: dict[str, dict[str, Any]] = {
    "defaults": {},
    "named-namespaces": {
        "namespaces": ["team-a", "team-b"],
        "crds": {"enabled": False},
        "networkPolicy": {"enabled": True},
    },
    "several-replicas": {"replicas": 3, "networkPolicy": {"enabled": True, "runnerNamespaces": ["team-a"]}},
    "s3": {
        "store": {
            "uri": "s3://bucket/automl",
            "endpoint": "https://s3.example.com",
            "region": "eu",
            "secretRef": {"name": "bucket"},
        }
    },
    "accelerators": {"pools": commented_pools()},
    "only-accelerators": {"pools": {"cpu": None, **commented_pools()}},
    "nothing-of-the-clusters": {
        "rbac": {"create": False},
        "serviceAccount": {"create": False},
        "metrics": {"service": {"enabled": False}},
        "crds": {"enabled": False},
    },
    "everything": {
        "global": {"of": "another chart"},
        "namespaces": ["team-a"],
        "imagePullSecrets": [{"name": "registry"}],
        "replicas": 2,
        "runner": {"runAsUser": 1_000_660_000, "image": {"digest": f"sha256:{'a' * 64}", "pullPolicy": "Always"}},
        "claim": {"storageClassName": "fast", "size": 5_000_000_000},
        "pools": {
            "cpu": {
                "image": "registry.example.com/runner:2",
                "nodeSelector": {"disk": "ssd"},
                "tolerations": [{"key": "spot", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30}],
                "resources": {"requests": {"cpu": 4}},
                "costPerHour": 0.05,
                "maxAssignmentsPerRunner": 1,
                "podAnnotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
            }
        },
        "tls": {"secretName": "certificate"},
        "rbac": {"extraRules": [{"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["delete"]}]},
        "serviceAccount": {"name": "operator", "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/a"}},
        "log": {"level": "debug", "format": "text"},
        "api": {"qps": 12.5, "burst": 2_000_000},
        "metrics": {"service": {"annotations": {"prometheus.io/scrape": "true"}}},
        "networkPolicy": {
            "enabled": True,
            "metricsFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
            "apiServer": [{"ipBlock": {"cidr": "10.0.0.1/32"}}],
            "storeEgress": [],
        },
        "podAnnotations": {"a": "b"},
        "podLabels": {"team": "platform"},
        "priorityClassName": "system-cluster-critical",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "infra", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}
        ],
    },
}
