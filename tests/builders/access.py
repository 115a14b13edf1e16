"""Rights of users, as the API server's own authorizer sees them: like `kubectl auth can-i`, for many rights at once."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cluster import Cluster


@dataclass(frozen=True)
class Right:
    """One verb on a kind, also `pods/exec`, in a namespace; an empty namespace is the whole cluster."""

    namespace: str
    verb: str
    group: str
    kind: str


def allowed(cluster: Cluster, rights: Iterable[Right], user: str, groups: tuple[str, ...] = ()) -> list[Right]:
    """Those of the given rights that the user has, in the given order."""
    asked = list(rights)
    reviews = [_review(right, user, [*groups, "system:authenticated"]) for right in asked]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": reviews})
    answers = cluster.kubectl("create", "--filename=-", "--output=jsonpath={.status.allowed}{' '}", text=text).split()
    assert len(answers) == len(asked)
    return [right for right, answer in zip(asked, answers, strict=True) if answer == "true"]


def _review(right: Right, user: str, groups: list[str]) -> dict[str, Any]:
    resource, _, subresource = right.kind.partition("/")
    attributes = {"namespace": right.namespace, "verb": right.verb, "group": right.group, "resource": resource}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "groups": groups, "resourceAttributes": {**attributes, "subresource": subresource}},
    }
