"""A user of the real cluster, for its tests: a kubeconfig, a folder, a namespace and the command."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from automl.cluster.connection import connect
from automl_api.kinds import PODS
from builders.installation import RUNNER_IMAGE

COMMAND = Path(sys.executable).parent / "automl"
POD_IMAGES = ("localhost/cluster-busybox:1", RUNNER_IMAGE)
HEAD = "apiVersion: automl-operator.dev/v1alpha1\nkind: AutoMLExperiment\nmetadata: {name: churn}\n"
WAIT_SECONDS = 120


class User:
    """Somebody with a kubeconfig, a folder, and the command."""

    def __init__(self, cluster: Any, namespace: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.administrator = cluster
        self.namespace = namespace
        self.folder = folder
        self.kubeconfig = Path(cluster.kubeconfig)
        monkeypatch.setenv("KUBECONFIG", str(self.kubeconfig))
        self.cluster = connect(None, namespace)
        self.started: list[subprocess.Popen[str]] = []

    def write(self, spec: str) -> str:
        (self.folder / "x.yaml").write_text(f"{HEAD}spec: {spec}\n")
        return "x.yaml"

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        command = [str(COMMAND), *arguments, "-n", self.namespace]
        self.started.append(subprocess.Popen(command, cwd=self.folder, stdout=pipe, stderr=pipe, text=True))
        return self.started[-1]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=WAIT_SECONDS)
        assert "Traceback" not in err
        return process.returncode, out, err

    def apply(self, spec: str, *arguments: str) -> tuple[int, str, str]:
        return self.run("apply", "-f", self.write(spec), *arguments)

    def write_status(self, status: dict[str, Any]) -> None:
        patch = json.dumps({"status": status})
        self.administrator.kubectl(
            "patch", "amlexp", "churn", "-n", self.namespace, "--subresource=status", "--type=merge", "-p", patch
        )

    def pods(self) -> list[str]:
        return [pod["metadata"]["name"] for pod in self.cluster.list(PODS)]

    def inside_claim(self, claim: str, script: str) -> str:
        """The output of a shell script in a pod that has a claim mounted at /mnt/claim."""
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "look"},
            "spec": {
                "restartPolicy": "Never",
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": 65532,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [
                    {
                        "name": "look",
                        "image": POD_IMAGES[0],
                        "command": ["sh", "-ec", script],
                        "volumeMounts": [{"name": "claim", "mountPath": "/mnt/claim"}],
                        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                    }
                ],
                "volumes": [{"name": "claim", "persistentVolumeClaim": {"claimName": claim}}],
            },
        }
        kubectl = self.administrator.kubectl
        kubectl("apply", "-n", self.namespace, "-f", "-", text=json.dumps(pod))
        kubectl("wait", "-n", self.namespace, "pod/look", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=90s")
        output = kubectl("logs", "-n", self.namespace, "look")
        kubectl("delete", "-n", self.namespace, "pod/look", "--now")
        return str(output)
