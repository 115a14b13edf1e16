"""The kinds of objects by their full names, and where an API server keeps them; both sides of a cluster ask for them."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from automl_api.names import GROUP, VERSION


@dataclass(frozen=True)
class Kind:
    """A namespaced kind; `group` is "" for the core group, `word` is what people call one."""

    group: str
    version: str
    plural: str
    kind: str
    word: str = "object"

    @property
    def api_version(self) -> str:
        """What objects of the kind say in `apiVersion`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def full_name(self) -> str:
        """`automlexperiments.automl-operator.dev`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str | None, name: str = "", subresource: str = "") -> str:
        """The URL's path of an object, of a part of it, of all objects in a namespace, or (None) of all there are."""
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
