"""One manifest works on one machine and in a cluster; fields that only a cluster uses are named, and no others."""

from typing import Any

import pytest

from automl_api.resources.experiment import (
    DataSpec,
    EvaluationSpec,
    PoolReference,
    SecretReference,
    StoreSpec,
    UserTestData,
)
from automl_operator.local.spec_changes import FOR_A_CLUSTER, ignored
from builders.control import a_minimal_experiment

ASKED = {
    "store": {"store": StoreSpec(uri="s3://bucket/automl")},
    "pools": {"pools": (PoolReference(name="gpu"),)},
    "serviceAccountName": {"service_account_name": "reader"},
    "data.secretRef": {"data": DataSpec(uri="s3://bucket/churn.csv", secret_ref=SecretReference(name="bucket"))},
    "evaluation.test.secretRef": {
        "evaluation": EvaluationSpec(test=UserTestData(uri="s3://b/t.csv", secret_ref=SecretReference(name="bucket")))
    },
}


@pytest.mark.parametrize(("field", "spec"), ASKED.items(), ids=ASKED)
def test_a_field_that_only_a_cluster_uses_is_named(field: str, spec: dict[str, Any]) -> None:
    asked = a_minimal_experiment().spec
    assert ignored(asked.replace(**spec)) == (f"spec.{field} is ignored on one machine: {FOR_A_CLUSTER[field]}",)


def test_used_and_absent_fields_are_not_named() -> None:
    assert ignored(a_minimal_experiment(parallelism=7, stop=True).spec) == ()
    assert set(ASKED) == set(FOR_A_CLUSTER)
