"""Lists the fields of an experiment that only a cluster uses. A local run ignores them, and says so."""

from automl_api.resources import ExperimentSpec
from automl_api.schemes import SECRET_TEXT
from automl_operator.local.spec_changes import value_at

FOR_A_CLUSTER = {
    "store": "prepared data and models are kept in the run's folder, which --out names",
    "pools": "all work is done on this machine",
    "serviceAccountName": "the work is done with your own rights",
    "data.secretRef": f"credentials are taken from the environment variables {SECRET_TEXT}",
}
"""The fields without a meaning on one machine, and what applies instead."""


def ignored(spec: ExperimentSpec) -> tuple[str, ...]:
    """A sentence for each given field that is ignored: `spec.store is ignored on one machine: ...`."""
    usual = ExperimentSpec(data=spec.data.replace(secret_ref=None), target=spec.target).to_dict()
    given = spec.to_dict()
    return tuple(
        f"spec.{field} is ignored on one machine: {instead}"
        for field, instead in FOR_A_CLUSTER.items()
        if value_at(given, field) != value_at(usual, field)
    )
