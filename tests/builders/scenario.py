"""The main path of a user: apply the example and wait for it. All output is kept."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from automl_api.names import LABEL_EXPERIMENT
from automl_api.resources import Experiment, Trial
from builders.command_line import COMMAND
from builders.runner_logs import runner_logs
from cluster import Cluster

ADULT = Path(__file__).parents[2] / "examples" / "adult.yaml"
ROWS = Path(__file__).parents[2] / "trial_runner" / "automl_runner" / "examples" / "adult.csv.gz"
SMALL: dict[str, Any] = {"budget": {"time": "10m", "trials": 6}, "evaluation": {"folds": 2}}
"""Changes to the example that end it by trials and not by time, however slow the machine is."""


WAIT_SECONDS = 500.0


@dataclass(frozen=True)
class Terminal:
    """Somebody's shell: a folder, a kubeconfig, a namespace, and variables."""

    cluster: Cluster
    namespace: str
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    def automl(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        """The command, in the namespace."""
        variables = {**os.environ, "KUBECONFIG": str(self.cluster.kubeconfig), **self.variables}
        command = [str(COMMAND), *map(str, arguments), "-n", self.namespace]
        return subprocess.run(
            command,
            env=variables,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS,
            check=False,
        )

    def kubectl(self, *arguments: str) -> str:
        """The output of kubectl in the namespace."""
        return self.cluster.kubectl(*arguments, "--namespace", self.namespace)

    def plugin(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """`kubectl automl ...`: kubectl finds the command kubectl-automl on the path."""
        programs = (Path(sys.executable).parent, self.cluster.program("kubectl").parent)
        path = os.pathsep.join([*map(str, programs), os.environ["PATH"]])
        environment = {**os.environ, "PATH": path, "KUBECONFIG": str(self.cluster.kubeconfig)}
        command = ["kubectl", "automl", *arguments, "-n", self.namespace]
        kubectl = shutil.which("kubectl", path=path)
        return subprocess.run(
            command, executable=kubectl, env=environment, cwd=self.folder, capture_output=True, text=True, check=False
        )

    def write(self, name: str, **spec: Any) -> str:
        """Write the example to a file, under another name and with these fields of its spec."""
        document = yaml.safe_load(ADULT.read_text())
        document["metadata"]["name"] = name
        document["spec"] |= {**SMALL, **spec}
        (self.folder / f"{name}.yaml").write_text(yaml.safe_dump(document))
        return f"{name}.yaml"

    def experiment(self, name: str) -> Experiment:
        """The stored experiment."""
        return Experiment.read(self.cluster.get("amlexp", name, namespace=self.namespace))

    def trials(self, name: str) -> list[Trial]:
        """An experiment's trials as they are stored, by index."""
        trials = map(Trial.read, self.children(name, "amltrial"))
        return sorted(trials, key=lambda trial: trial.spec.index)

    def children(self, name: str, *kinds: str) -> list[dict[str, Any]]:
        """The objects of these kinds that carry the experiment's label."""
        found: list[dict[str, Any]] = self.cluster.get(
            ",".join(kinds), namespace=self.namespace, selector=f"{LABEL_EXPERIMENT}={name}"
        )["items"]
        return found


@dataclass(frozen=True)
class Scenario:
    """An experiment that has come to its end."""

    terminal: Terminal
    name: str
    manifest: str
    applied: "subprocess.CompletedProcess[str]"
    waited: "subprocess.CompletedProcess[str]"
    printed: Mapping[str, str]
    """Output of its runners, by pod."""
    ended_at: float
    """Time at which `automl wait` returned, in Unix seconds."""

    @property
    def experiment(self) -> Experiment:
        """The experiment as it is stored now."""
        return self.terminal.experiment(self.name)

    @property
    def trials(self) -> list[Trial]:
        """Its trials as they are stored now, by index."""
        return self.terminal.trials(self.name)


def run_scenario(terminal: Terminal, name: str, **spec: Any) -> Scenario:
    """Run `automl apply` and `automl wait` until the experiment ends, in whatever state."""
    manifest = terminal.write(name, **spec)
    with runner_logs(terminal.cluster, terminal.namespace, terminal.folder / "runners") as logs:
        applied = terminal.automl("apply", "-f", manifest)
        waited = terminal.automl("wait", name, "--timeout", "8m")
    return Scenario(terminal, name, manifest, applied, waited, logs.texts(), time.time())
