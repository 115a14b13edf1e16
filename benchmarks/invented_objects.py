"""Invented experiments, plans and trials with the size of real ones."""

from typing import Any
from uuid import UUID

from automl_api.kinds import EXPERIMENTS, PLANS, TRIALS, Kind
from automl_api.names import ANNOTATION_HOLDER, LABEL_EXPERIMENT
from automl_operator.kube.manifests.belonging import LABEL_EXPERIMENT_UID, MANAGED_BY, MANAGER

Object = dict[str, Any]
FOLDS = 10
MOMENT = "2026-01-01T00:00:00Z"


def name_of(number: int) -> str:
    """The name of an experiment."""
    return f"credit-{number}"


def uid_of(number: int) -> str:
    """A uid for each number."""
    return str(UUID(int=number + 1))


def an_experiment(namespace: str, number: int, state: str) -> Object:
    """An experiment with a status."""
    spec = {"data": {"uri": "s3://data/credit.parquet"}, "target": "default"}
    return _stored(EXPERIMENTS, namespace, name_of(number), number) | {"spec": spec, "status": a_status(number, state)}


def a_status(number: int, state: str) -> Object:
    """The status of an experiment with many results."""
    line = {"learner": "lightgbm", "view": "plain", "score": 0.871234, "folds": FOLDS}
    board = [{"trial": f"{name_of(number)}-1a2b3-{index}"} | line for index in range(10)]
    conditions = [
        {"type": type_, "status": "True", "reason": "PlanMade", "message": "words " * 20, "lastTransitionTime": MOMENT}
        for type_ in ("Complete", "Prepared", "Searched")
    ]
    figures = {"activeSeconds": 3600.0, "task": "binary", "metric": "roc_auc", "observedGeneration": 1}
    return {"state": state, "leaderboard": board, "best": board[0], "conditions": conditions} | figures


def a_plan(namespace: str, number: int) -> Object:
    """A plan of about 50 kB."""
    parameters = {f"parameter_{index}": index / 12 for index in range(12)}
    space = [{"name": name, "type": "float", "low": 0.0, "high": 1.0} for name in parameters]
    learner = {"space": space, "default": parameters, "portfolio": [parameters] * 20, "secondsPerFold": 1.5}
    learners = [{"name": f"learner_{index}"} | learner for index in range(6)]
    spec = {"task": "binary", "metric": "roc_auc", "rows": 30_000, "columns": 20, "folds": FOLDS, "learners": learners}
    spec["prepared"] = {"path": "prepared/1", "digest": "sha256:" + "0" * 64}
    stored = _stored(PLANS, namespace, f"{name_of(number)}-1a2b3", 10_000_000 + number)
    return belonging_to(stored, name_of(number), uid_of(number)) | {"spec": spec}


def a_trial(namespace: str, number: int, index: int) -> Object:
    """A trial with every fold finished."""
    name = f"{name_of(number)}-1a2b3-{index}"
    parameters = {f"parameter_{number_}": index / (number_ + 1) for number_ in range(10)}
    configuration = {"view": "plain", "learner": "lightgbm", "parameters": parameters}
    folds = [
        {
            "fold": fold,
            "score": 0.85 + fold / 1000,
            "seconds": 12.25,
            "peakMemoryBytes": 400_000_000 + fold,
            "modelBytes": 1_000_000 + fold,
            "rounds": 300 + fold,
            "manifest": f"{name_of(number)}-{uid_of(number)}/trials/{name}/1/fold-{fold}/manifest.json",
            "digest": f"sha256:{index:032x}{fold:032x}",
        }
        for fold in range(FOLDS)
    ]
    body = _stored(TRIALS, namespace, name, 20_000_000 + number * 1000 + index)
    body["metadata"]["annotations"] = {ANNOTATION_HOLDER: uid_of(30_000_000 + number)}
    spec = {"experiment": name_of(number), "index": index, "configuration": configuration, "origin": "search"}
    status = {"state": "Succeeded", "folds": folds, "score": 0.8545, "holder": uid_of(30_000_000 + number)}
    return belonging_to(body, name_of(number), uid_of(number)) | {"spec": spec, "status": status}


def belonging_to(body: Object, experiment: str, uid: str) -> Object:
    """An object with the labels and the owner that the operator sets."""
    owner = {"apiVersion": EXPERIMENTS.api_version, "kind": EXPERIMENTS.kind, "name": experiment, "uid": uid}
    owner |= {"controller": True, "blockOwnerDeletion": True}
    labels = {MANAGED_BY: MANAGER, LABEL_EXPERIMENT: experiment, LABEL_EXPERIMENT_UID: uid}
    return body | {"metadata": body["metadata"] | {"labels": labels, "ownerReferences": [owner]}}


def _stored(kind: Kind, namespace: str, name: str, number: int) -> Object:
    """Metadata with the fields that a server adds."""
    metadata = {"name": name, "namespace": namespace, "uid": uid_of(number), "resourceVersion": str(1000 + number)}
    metadata |= {"generation": 1, "creationTimestamp": MOMENT}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}
