"""The kinds that the operator reads and writes, and where the API server serves them."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from automl_api import names


@dataclass(frozen=True)
class Kind:
    """A namespaced kind of objects; `group` is "" for the core group."""

    group: str
    version: str
    plural: str
    kind: str

    @property
    def api_version(self) -> str:
        """What objects of the kind say in `apiVersion`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None, name: str = "", subresource: str = "") -> str:
        """The URL's path of an object, or of all objects in a namespace, or (None) of all there are."""
        root = f"/apis/{self.group}" if self.group else "/api"
        parts = [root, self.version]
        if namespace is not None:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(self.plural)
        return "/".join(parts + [quote(part, safe="") for part in (name, subresource) if part])


EXPERIMENTS: Final = Kind(names.GROUP, names.VERSION, "automlexperiments", "AutoMLExperiment")
PLANS: Final = Kind(names.GROUP, names.VERSION, "automlplans", "AutoMLPlan")
TRIALS: Final = Kind(names.GROUP, names.VERSION, "automltrials", "AutoMLTrial")
MODELS: Final = Kind(names.GROUP, names.VERSION, "automlmodels", "AutoMLModel")
JOBS: Final = Kind("batch", "v1", "jobs", "Job")
PODS: Final = Kind("", "v1", "pods", "Pod")
CLAIMS: Final = Kind("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim")
EVENTS: Final = Kind("", "v1", "events", "Event")
LEASES: Final = Kind("coordination.k8s.io", "v1", "leases", "Lease")
