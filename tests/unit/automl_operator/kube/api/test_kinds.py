"""Paths of objects."""

import pytest

from automl_api.kinds import JOBS, PODS, TRIALS

PATHS = {
    "all pods": (PODS.path(None), "/api/v1/pods"),
    "pods of a namespace": (PODS.path("a"), "/api/v1/namespaces/a/pods"),
    "a pod": (PODS.path("a", "x"), "/api/v1/namespaces/a/pods/x"),
    "a job": (JOBS.path("a", "x"), "/apis/batch/v1/namespaces/a/jobs/x"),
    "a status": (
        TRIALS.path("a", "x", "status"),
        "/apis/automl-operator.dev/v1alpha1/namespaces/a/automltrials/x/status",
    ),
    "a hostile name": (PODS.path("a", "../x?y"), "/api/v1/namespaces/a/pods/..%2Fx%3Fy"),
}


@pytest.mark.parametrize(("path", "expected"), list(PATHS.values()), ids=list(PATHS))
def test_a_path_equals_the_api_servers(path: str, expected: str) -> None:
    assert path == expected
