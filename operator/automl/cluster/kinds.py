"""The kinds of objects that the user's side reads and writes, and where the API server keeps them."""

from dataclasses import dataclass
from urllib.parse import quote

from automl_api.names import GROUP, VERSION


@dataclass(frozen=True)
class Kind:
    """A kind by its full name; `word` is what people call one."""

    group: str
    version: str
    plural: str
    kind: str
    word: str

    @property
    def api_version(self) -> str:
        """As manifests write it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def full_name(self) -> str:
        """`automlexperiments.automl-operator.dev`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str, name: str = "", subresource: str = "") -> str:
        """The path of one object, of a part of it, or of all in a namespace."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        parts = [quote(part, safe="") for part in ("namespaces", namespace, self.plural, name, subresource) if part]
        return "/".join([root, *parts])


EXPERIMENTS = Kind(GROUP, VERSION, "automlexperiments", "AutoMLExperiment", "experiment")
PLANS = Kind(GROUP, VERSION, "automlplans", "AutoMLPlan", "plan")
MODELS = Kind(GROUP, VERSION, "automlmodels", "AutoMLModel", "model")
PODS = Kind("", "v1", "pods", "Pod", "pod")
CLAIMS = Kind("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "volume claim")
