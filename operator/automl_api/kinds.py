"""The kinds of Kubernetes objects and their URL paths, for the operator and for the user's command."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from automl_api.names import GROUP, VERSION


@dataclass(frozen=True)
class Kind:
    """A namespaced kind; `group` is "" for the core group, `word` is its name in messages."""

    group: str
    version: str
    plural: str
    kind: str
    word: str = "object"

    @property
    def api_version(self) -> str:
        """The `apiVersion` of the kind's objects."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def full_name(self) -> str:
        """`automlexperiments.automl-operator.dev`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str | None, name: str = "", subresource: str = "") -> str:
        """The URL path of an object, of its subresource, or of all objects; `namespace` None means all namespaces."""
        root = f"/apis/{self.group}" if self.group else "/api"
        parts = [root, self.version]
        if namespace is not None:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(self.plural)
        return "/".join(parts + [quote(part, safe="") for part in (name, subresource) if part])


EXPERIMENTS: Final = Kind(GROUP, VERSION, "automlexperiments", "AutoMLExperiment", "experiment")
PLANS: Final = Kind(GROUP, VERSION, "automlplans", "AutoMLPlan", "plan")
TRIALS: Final = Kind(GROUP, VERSION, "automltrials", "AutoMLTrial", "trial")
MODELS: Final = Kind(GROUP, VERSION, "automlmodels", "AutoMLModel", "model")
JOBS: Final = Kind("batch", "v1", "jobs", "Job", "job")
PODS: Final = Kind("", "v1", "pods", "Pod", "pod")
CLAIMS: Final = Kind("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "volume claim")
EVENTS: Final = Kind("", "v1", "events", "Event", "event")
LEASES: Final = Kind("coordination.k8s.io", "v1", "leases", "Lease", "lease")
