"""Events in the form that `kubectl describe` finds."""

from automl_operator.kube.manifests.event import event
from builders.kube import CREATED, CREATED_AT, NAMESPACE, UID, a_cluster_experiment


def event_body(message: str) -> dict[str, object]:
    return event(
        a_cluster_experiment(),
        "1",
        tone="Normal",
        reason="Searching",
        message=message,
        now=CREATED_AT,
        instance="pod-0",
    )


def test_an_event_names_the_uid_of_the_experiment() -> None:
    body = event_body("Configurations are tried.")
    assert body["involvedObject"] == {
        "apiVersion": "automl-operator.dev/v1alpha1",
        "kind": "AutoMLExperiment",
        "name": "churn",
        "namespace": NAMESPACE,
        "uid": UID,
    }
    assert body["metadata"] == {"name": "churn.1", "namespace": NAMESPACE}
    assert (body["firstTimestamp"], body["lastTimestamp"]) == (CREATED, CREATED)
    assert (body["type"], body["reason"], body["message"]) == ("Normal", "Searching", "Configurations are tried.")


def test_a_long_message_is_cut_where_the_server_would_refuse_it() -> None:
    message = str(event_body("x" * 5000)["message"])
    assert len(message) == 1024
    assert message.endswith("x...")
