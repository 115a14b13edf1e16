"""The user's side on the real cluster: refusals, data and models in claims, and progress from the status.

The tests write the statuses, as an operator does.
"""

import base64
import hashlib
import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from automl.cluster.errors import NotInstalled
from automl.cluster.kubernetes_cluster import KubernetesCluster
from automl_api.kinds import CLAIMS, EXPERIMENTS
from automl_model.files import write_manifest
from builders.cluster_user import POD_IMAGES, WAIT_SECONDS, User
from builders.waiting import eventually
from contracts.user_cluster import UserClusterContract
from fakes.tcp_proxy import TcpProxy

SUSPENDED = "{data: {uri: 'example:adult'}, target: class, suspend: true}"
DATA = b"amount,late\n" + b"1.5,yes\n2.5,no\n" * 500_000
SEARCHING = {
    "state": "Searching",
    "observedGeneration": 1,
    "activeSeconds": 7.0,
    "metric": "roc_auc",
    "startedAt": "2026-01-01T00:00:00Z",
    "trials": {"total": 14},
    "best": {"trial": "t", "learner": "linear", "score": 0.905, "folds": 1},
}


@pytest.fixture
def user(cluster: Any, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    user = User(cluster, namespace, tmp_path, monkeypatch)
    yield user
    for process in user.started:
        if process.poll() is None:
            process.kill()
        process.communicate()


class TestTheRealCluster(UserClusterContract):
    @pytest.fixture
    def user_cluster(self, user: User) -> KubernetesCluster:
        assert isinstance(user.cluster, KubernetesCluster)
        return user.cluster


# Apply and its refusals


def test_kubectl_shows_an_applied_experiment(user: User) -> None:
    for outcome in ("created", "unchanged"):
        code, out, _ = user.apply(SUSPENDED)
        assert (code, out.split()[1]) == (0, outcome)
    assert user.administrator.kubectl("get", "amlexp", "-n", user.namespace, "-o", "name").split() == [
        "automlexperiment.automl-operator.dev/churn"
    ]


def test_the_target_cannot_change_after_the_start(user: User) -> None:
    user.apply(SUSPENDED)
    user.write_status(SEARCHING)
    code, _, err = user.apply(SUSPENDED.replace("class", "age"))
    assert code == 2
    assert err.startswith("error: spec.target cannot change after the start")


def test_the_error_names_a_missing_namespace(user: User) -> None:
    user.namespace = "nowhere"
    code, _, err = user.apply(SUSPENDED)
    assert (code, 'there is no namespace "nowhere"' in err) == (2, True)


def test_the_error_names_a_missing_context(user: User) -> None:
    code, _, err = user.apply(SUSPENDED, "--context", "elsewhere")
    assert (code, 'has no context "elsewhere"' in err) == (2, True)


def test_the_error_for_a_missing_right_names_the_role_to_ask_for(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    token = user.administrator.kubectl("create", "token", "default", "-n", user.namespace).strip()
    config = json.loads(user.administrator.kubectl("config", "view", "--raw", "-o", "json"))
    config["users"] = [{"name": entry["name"], "user": {"token": token}} for entry in config["users"]]
    (user.folder / "kubeconfig").write_text(json.dumps(config))
    monkeypatch.setenv("KUBECONFIG", str(user.folder / "kubeconfig"))
    code, _, err = user.apply(SUSPENDED)
    assert code == 2
    assert "you may not get automlexperiments.automl-operator.dev" in err
    assert "ask its administrator for the role edit" in err


def test_the_error_for_a_missing_kind_says_to_install_the_chart(user: User) -> None:
    with pytest.raises(NotInstalled, match="helm install automl"):
        user.cluster.get(replace(EXPERIMENTS, version="v9"), "churn")


# Data and models through claims


@pytest.mark.parametrize("image", POD_IMAGES)
def test_data_is_copied_into_a_claim_and_no_pod_remains(user: User, image: str) -> None:
    (user.folder / "my.csv").write_bytes(DATA)
    digest = hashlib.sha256(DATA).hexdigest()
    spec = "{target: late, suspend: true}"
    for outcome in ("my.csv is in", "my.csv was already in"):
        code, out, err = user.apply(spec, "--data", "my.csv", "--claim-size", "64Mi", "--pod-image", image)
        assert (code, err) == (0, "")
        assert f"{outcome} pvc://churn-store/data/{digest[:12]}/my.csv" in out
        assert user.pods() == []
    stored = user.cluster.get(EXPERIMENTS, "churn")
    assert stored is not None
    assert stored["spec"]["data"]["uri"] == f"pvc://churn-store/data/{digest[:12]}/my.csv"
    listing = user.inside_claim("churn-store", f"cd /mnt/claim/data/{digest[:12]}; ls -A; sha256sum my.csv")
    assert listing.split() == ["my.csv", digest, "my.csv"]


def test_the_data_of_a_deleted_experiment_is_sent_again_into_a_claim_that_stays(user: User) -> None:
    (user.folder / "my.csv").write_bytes(DATA)
    upload = ("--data", "my.csv", "--claim-size", "64Mi", "--pod-image", POD_IMAGES[0])
    user.apply("{target: late, suspend: true}", *upload)
    experiment = user.cluster.get(EXPERIMENTS, "churn")
    assert experiment is not None
    owner = {key: experiment[key] for key in ("apiVersion", "kind")}
    owner |= {key: experiment["metadata"][key] for key in ("name", "uid")}
    old = user.cluster.patch(CLAIMS, "churn-store", {"metadata": {"ownerReferences": [owner]}})
    user.cluster.delete(EXPERIMENTS, "churn")
    code, out, err = user.apply("{target: late, suspend: true}", *upload)
    assert (code, err) == (0, "")
    assert "my.csv is in" in out
    new = user.cluster.get(CLAIMS, "churn-store")
    assert new is not None
    assert new["metadata"]["uid"] != old["metadata"]["uid"]
    assert "deletionTimestamp" not in new["metadata"]


def test_ctrl_c_deletes_the_pod(user: User) -> None:
    (user.folder / "my.csv").write_bytes(DATA)
    path = user.write("{target: late, suspend: true}")
    # An image that cannot be pulled, so that there is time to interrupt.
    process = user.start("apply", "-f", path, "--data", "my.csv", "--pod-image", "localhost/absent:1")
    eventually("there is a pod", user.pods)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 130
    eventually("the pod is gone", lambda: not user.pods())
    assert user.cluster.get(EXPERIMENTS, "churn") is None


def test_the_error_names_an_image_that_cannot_be_pulled(user: User) -> None:
    (user.folder / "my.csv").write_bytes(b"amount,late\n1,2\n")
    code, _, err = user.apply("{target: late}", "--data", "my.csv", "--pod-image", "localhost/absent:1")
    assert code == 2
    assert "image localhost/absent:1; choose another with --pod-image" in err
    assert user.pods() == []


@pytest.mark.parametrize("image", POD_IMAGES)
def test_a_model_is_downloaded_unchanged_from_a_claim(user: User, image: str) -> None:
    user.apply(SUSPENDED)
    bundle = user.folder / "bundle"
    bundle.mkdir()
    (bundle / "model.txt").write_bytes(b"tree\n" * 100_000)
    (bundle / "signature.json").write_bytes(b"{}")
    digest = write_manifest(bundle)
    user.cluster.create(CLAIMS, _claim("models"))
    packed = base64.b64encode((bundle / "manifest.json").read_bytes()).decode()
    user.inside_claim(
        "models",
        f"cd /mnt/claim; echo {packed} | base64 -d > manifest.json; printf '{{}}' > signature.json;"
        "yes tree | head -n 100000 > model.txt",
    )
    score = {"metric": "roc_auc", "value": 0.9, "low": 0.8, "high": 0.95, "basis": "holdout"}
    spec = {"uri": "pvc://models/", "digest": digest, "task": "binary", "target": "class", "score": score}
    model = {
        "apiVersion": "automl-operator.dev/v1alpha1",
        "kind": "AutoMLModel",
        "metadata": {"name": "churn-1"},
        "spec": {**spec, "experiment": "churn"},
    }
    user.administrator.kubectl("apply", "-n", user.namespace, "-f", "-", text=json.dumps(model))
    user.write_status({"state": "Complete", "model": "churn-1"})
    code, out, err = user.run("download", "churn", "--out", "out", "--pod-image", image)
    assert (code, err) == (0, "")
    assert "churn-1 is in out" in out
    files = ("manifest.json", "model.txt", "signature.json")
    assert sorted(path.name for path in (user.folder / "out").iterdir()) == list(files)
    assert all((user.folder / "out" / name).read_bytes() == (bundle / name).read_bytes() for name in files)
    assert user.pods() == []


def _claim(name: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "64Mi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


# Progress


def test_wait_follows_an_experiment_to_its_end(user: User) -> None:
    user.apply(SUSPENDED)
    waiting = user.start("wait", "churn")
    assert waiting.stdout is not None
    assert waiting.stdout.readline().startswith(f"churn in namespace {user.namespace}")
    user.write_status(SEARCHING)
    assert waiting.stdout.readline() == "7 s: linear 0.905\n"
    score = {"metric": "roc_auc", "value": 0.926, "low": 0.919, "high": 0.933, "basis": "holdout"}
    user.write_status({"state": "Complete", "model": "churn-1", "score": score})
    out, err = waiting.communicate(timeout=WAIT_SECONDS)
    assert (waiting.returncode, err) == (0, "")
    assert "roc_auc 0.926 [0.919, 0.933]   Model: churn-1" in out


def test_wait_reports_why_the_experiment_failed(user: User) -> None:
    user.apply(SUSPENDED)
    condition = {
        "type": "Failed",
        "status": "True",
        "reason": "DataMissing",
        "message": "There is no such file.",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    user.write_status({"state": "Failed", "conditions": [condition]})
    code, _, err = user.run("wait", "churn")
    assert (code, err) == (1, "error: DataMissing: There is no such file.\n")


def test_a_missing_experiment_cannot_be_waited_for_or_stopped(user: User) -> None:
    for command in ("wait", "stop"):
        code, _, err = user.run(command, "churn")
        assert (code, 'there is no experiment "churn"' in err) == (2, True)


def test_an_experiment_deleted_during_the_wait_is_an_error(user: User) -> None:
    user.apply(SUSPENDED)
    waiting = user.start("wait", "churn")
    assert waiting.stdout is not None
    waiting.stdout.readline()
    user.cluster.delete(EXPERIMENTS, "churn")
    _, err = waiting.communicate(timeout=WAIT_SECONDS)
    assert (waiting.returncode, err) == (2, "error: churn was deleted\n")


def test_an_unreachable_api_server_is_asked_until_it_answers(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    user.apply(SUSPENDED)
    config = json.loads(user.administrator.kubectl("config", "view", "--raw", "-o", "json"))
    server = config["clusters"][0]["cluster"]
    address = urlsplit(server["server"])
    assert address.hostname is not None
    assert address.port is not None
    proxy = TcpProxy(address.hostname, address.port)
    server |= {"server": f"https://127.0.0.1:{proxy.port}", "tls-server-name": address.hostname}
    (user.folder / "kubeconfig").write_text(json.dumps(config))
    monkeypatch.setenv("KUBECONFIG", str(user.folder / "kubeconfig"))
    waiting = user.start("wait", "churn")
    printed = waiting.stdout
    assert printed is not None
    printed.readline()
    proxy.cut()
    eventually("wait reports it", lambda: "does not answer" in printed.readline())
    user.write_status({"state": "Complete", "model": "churn-1"})
    proxy.mend()
    out, err = waiting.communicate(timeout=WAIT_SECONDS)
    proxy.cut()
    assert (waiting.returncode, err) == (0, "")
    assert "the API server answers again" in out
    assert "Model: churn-1" in out


def test_stop_sets_the_field_in_the_spec(user: User) -> None:
    user.apply(SUSPENDED)
    user.write_status(SEARCHING)
    code, out, _ = user.run("stop", "churn")
    assert code == 0
    assert "churn ends now: the best of 14 trials so far is published (linear 0.905)" in out
    stored = user.cluster.get(EXPERIMENTS, "churn")
    assert stored is not None
    assert stored["spec"]["stop"] is True
