"""Choose cluster, user and namespace from the kubeconfig, as kubectl does."""

import os
from pathlib import Path
from typing import Any

import yaml

from automl.cluster.api import Cluster, ClusterContext
from automl.errors import UserError
from automl.extras import need
from automl_api.did_you_mean import did_you_mean

USUAL_KUBECONFIG = "~/.kube/config"
_UNREADABLE = (OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError)
"""The errors of reading a file that is not a kubeconfig."""
IN_CLUSTER_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def connect(context: str | None, namespace: str | None) -> Cluster:
    """The cluster of a kubeconfig's context, by default the current one; in a pod without kubeconfig, the pod's own.

    No request is sent yet. Raises UserError.
    """
    need("cluster")
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException

    from automl.cluster.kubernetes_cluster import KubernetesCluster

    configuration = Configuration()
    flags = "".join([f" -n {namespace}" if namespace else "", f" --context {context}" if context else ""])
    path = os.environ.get("KUBECONFIG") or USUAL_KUBECONFIG
    try:
        if _in_a_pod(path):
            name, usual = _from_pod(configuration)
        else:
            name, usual = _from_kubeconfig(configuration, path, context)
    except _UNREADABLE as error:
        why = " ".join(str(error).split())
        raise UserError(f"the kubeconfig {path} cannot be read ({why}); check that it is a kubeconfig") from error
    except ConfigException as error:
        raise UserError(f"the kubeconfig {path} cannot be used: {error}") from error
    return KubernetesCluster(configuration, ClusterContext(name, namespace or usual, flags))


def _in_a_pod(path: str) -> bool:
    there = any(Path(part).expanduser().exists() for part in path.split(os.pathsep) if part)
    return not there and bool(os.environ.get("KUBERNETES_SERVICE_HOST"))


def _from_pod(configuration: Any) -> tuple[str, str]:
    from kubernetes.config import load_incluster_config

    load_incluster_config(client_configuration=configuration)
    return "in-cluster", IN_CLUSTER_NAMESPACE.read_text(encoding="utf-8").strip() or "default"


def _from_kubeconfig(configuration: Any, path: str, context: str | None) -> tuple[str, str]:
    from kubernetes.config import load_kube_config

    contexts, current = _contexts(path)
    chosen = context or current
    if chosen not in contexts:
        raise UserError(_no_context(path, chosen, tuple(contexts)))
    load_kube_config(config_file=path, context=chosen, client_configuration=configuration)
    return chosen, contexts[chosen].get("namespace") or "default"


def _contexts(path: str) -> tuple[dict[str, dict[str, str]], str]:
    """The contexts of all files of a path, by name, and the current one. Earlier files take precedence."""
    files = [Path(part).expanduser() for part in path.split(os.pathsep) if part]
    there = [file for file in files if file.exists()]
    if not there:
        raise UserError(f"there is no kubeconfig (looked for {path}); set KUBECONFIG to its path")
    contexts: dict[str, dict[str, str]] = {}
    current = ""
    for file in there:
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
        current = current or config.get("current-context") or ""
        for entry in config.get("contexts") or ():
            contexts.setdefault(entry["name"], entry.get("context") or {})
    return contexts, current


def _no_context(path: str, chosen: str, known: tuple[str, ...]) -> str:
    if not chosen:
        return f"the kubeconfig {path} has no current context; choose one with --context: {', '.join(known)}"
    hint = did_you_mean(chosen, known) or f" Its contexts are {', '.join(known) or 'none'}."
    return f'the kubeconfig {path} has no context "{chosen}".{hint}'
