"""`automl apply`: what is refused before anything is sent, where data goes, and what the cluster is given."""

import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest

from automl.cluster.apply_command import Application, _namespace, apply, manifest, question
from automl.cluster.data_upload import UploadOptions
from automl.cluster.errors import ClusterError, ApiRefused
from automl.cluster.upload_plan import plan_upload
from automl.errors import UserError
from automl_api.kinds import CLAIMS, EXPERIMENTS, PODS
from automl_api.names import API_VERSION
from automl_api.resources.experiment import StoreSpec
from builders.experiments import an_experiment
from fakes.display import RecordingDisplay
from fakes.user_cluster import FakeCluster

HEAD = "apiVersion: automl-operator.dev/v1alpha1\nkind: AutoMLExperiment\n"
DATA = b"amount,late\n" + b"1.5,yes\n2.5,no\n" * 50_000
DIGEST = hashlib.sha256(DATA).hexdigest()
PLACE = f"data/{DIGEST[:12]}/my.csv"
MEANS = UploadOptions("10Gi", None)


class Desk:
    """A user's folder and a cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = FakeCluster(folder / "claims", flags=" -n team")
        self.display = RecordingDisplay()
        self.data = folder / "my.csv"
        self.data.write_bytes(DATA)

    def write(self, spec: str, metadata: str = "{name: late}") -> Path:
        path = self.folder / "x.yaml"
        path.write_text(f"{HEAD}metadata: {metadata}\nspec: {spec}\n")
        return path

    def apply(self, spec: str, data: Path | None = None, means: UploadOptions = MEANS) -> Any:
        said = Application(self.write(spec), data, means)
        apply(self.cluster, question(said), said, self.display)
        return self.cluster.get(EXPERIMENTS, "late")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_cluster_is_given_what_the_file_says_and_no_more(desk: Desk) -> None:
    stored = desk.apply("{data: {uri: 'example:adult'}, target: late, budget: {time: 2m}}")
    assert stored["spec"] == {"data": {"uri": "example:adult"}, "target": "late", "budget": {"time": "2m"}}
    assert desk.display.lines == [
        "late created in namespace team of context here",
        "see how it goes: automl wait late -n team",
    ]


def test_it_is_said_whether_anything_changed(desk: Desk) -> None:
    for parallelism in (2, 2, 3):
        desk.apply(f"{{data: {{uri: 'example:adult'}}, target: late, parallelism: {parallelism}}}")
    assert [line.split()[1] for line in desk.display.lines[::2]] == ["created", "unchanged", "configured"]


def test_labels_and_annotations_go_along_and_what_is_the_servers_does_not(desk: Desk) -> None:
    path = desk.write(
        "{data: {uri: 'example:adult'}, target: y}", "{name: late, uid: '7', generation: 3, labels: {team: a}}"
    )
    assert manifest(question(Application(path, None, MEANS)), "example:adult")["metadata"] == {
        "name": "late",
        "labels": {"team": "a"},
    }


def test_a_file_is_refused_and_the_way_is_said(desk: Desk) -> None:
    with pytest.raises(UserError, match=r"upload it: automl apply -f \S+x.yaml --data my.csv"):
        desk.apply("{data: {uri: 'file:my.csv'}, target: late}")
    assert desk.cluster.names(EXPERIMENTS) == []


def test_without_a_store_the_data_goes_into_a_claim_through_a_pod_that_goes(desk: Desk) -> None:
    stored = desk.apply("{data: {uri: 'file:my.csv'}, target: late}", desk.data)
    assert stored["spec"]["data"]["uri"] == f"pvc://late-store/{PLACE}"
    assert (desk.cluster.root / "late-store" / PLACE).read_bytes() == DATA
    claim = desk.cluster.get(CLAIMS, "late-store")
    assert claim is not None
    assert claim["spec"] == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    assert "ownerReferences" not in claim["metadata"]
    assert desk.cluster.names(PODS) == []
    assert desk.display.lines[0] == f"{desk.data} is in pvc://late-store/{PLACE}"


def test_what_is_there_already_is_not_sent_again(desk: Desk) -> None:
    for _ in range(2):
        desk.apply("{target: late}", desk.data)
    assert [line for line in desk.display.lines if "my.csv" in line] == [
        f"{desk.data} is in pvc://late-store/{PLACE}",
        f"{desk.data} was already in pvc://late-store/{PLACE}",
    ]


def test_the_data_of_a_deleted_experiment_is_sent_again_into_a_claim_that_stays(desk: Desk) -> None:
    old = desk.apply("{target: late}", desk.data)["metadata"]
    owner = {"apiVersion": API_VERSION, "kind": "AutoMLExperiment", "name": "late", "uid": old["uid"]}
    desk.cluster.delete(CLAIMS, "late-store")
    desk.cluster.create(CLAIMS, {"metadata": {"name": "late-store", "ownerReferences": [owner]}})
    desk.cluster.delete(EXPERIMENTS, "late")
    collecting = threading.Timer(0.2, desk.cluster.delete, (CLAIMS, "late-store"))
    collecting.start()
    desk.apply("{target: late}", desk.data)
    collecting.join()
    assert desk.display.statuses.count("waiting until the old volume claim late-store is gone, 0:00") == 1
    assert (desk.cluster.root / "late-store" / PLACE).read_bytes() == DATA


def test_the_pods_image_is_pulled_with_the_secret_that_is_named(desk: Desk) -> None:
    desk.apply("{target: late}", desk.data, UploadOptions("10Gi", None, "registry"))
    assert desk.cluster.pods_made[0]["spec"]["imagePullSecrets"] == [{"name": "registry"}]


def test_a_store_that_is_a_claim_is_used_and_not_made(desk: Desk) -> None:
    (desk.cluster.root / "ours").mkdir(parents=True)
    stored = desk.apply("{target: late, store: {uri: 'pvc://ours/automl'}}", desk.data)
    assert stored["spec"]["data"]["uri"] == f"pvc://ours/automl/{PLACE}"
    assert (desk.cluster.root / "ours" / "automl" / PLACE).read_bytes() == DATA
    assert desk.cluster.names(CLAIMS) == []


def test_what_the_server_refuses_is_refused_before_anything_is_sent(desk: Desk) -> None:
    desk.cluster.refuse("apply", ApiRefused("spec.budget: no"))
    with pytest.raises(ApiRefused, match=r"spec.budget: no"):
        desk.apply("{target: late}", desk.data)
    assert (desk.cluster.names(CLAIMS), desk.cluster.pods_made) == ([], [])


def test_a_column_that_is_absent_is_told_at_once(desk: Desk) -> None:
    with pytest.raises(UserError, match=r'has no column "lat". Did you mean "late"'):
        desk.apply("{target: lat}", desk.data)
    assert desk.cluster.dry_runs == []


def test_a_copy_that_is_broken_off_leaves_no_file_and_no_experiment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automl.cluster.programs.RECEIVE", 'echo "disk is full" >&2; exit 1')
    with pytest.raises(ClusterError, match="the copy was broken off: disk is full"):
        desk.apply("{target: late}", desk.data)
    assert list((desk.cluster.root / "late-store").iterdir()) == []
    assert (desk.cluster.names(PODS), desk.cluster.names(EXPERIMENTS)) == ([], [])


@pytest.mark.parametrize(
    ("store", "uri"),
    [
        pytest.param(None, "pvc://churn-store/data/0123456789ab/a.csv", id="none"),
        pytest.param("s3://bucket", "s3://bucket/lab/data/0123456789ab/a.csv", id="bucket"),
        pytest.param("s3://bucket/automl/", "s3://bucket/automl/lab/data/0123456789ab/a.csv", id="folder of a bucket"),
        pytest.param("pvc://claim/", "pvc://claim/data/0123456789ab/a.csv", id="claim"),
    ],
)
def test_where_data_goes(store: str | None, uri: str) -> None:
    plan = plan_upload(an_experiment(store=StoreSpec(uri=store)), "lab", "0123456789abcdef", "a.csv")
    assert (str(plan.target), plan.makes_claim) == (uri, store is None)


@pytest.mark.parametrize(
    ("file", "stored"), [("Q1 'final'.csv.gz", "Q1-final-.csv.gz"), ("..", "data"), ("ünï.csv", "n-.csv")]
)
def test_a_files_name_is_made_plain(file: str, stored: str) -> None:
    assert plan_upload(an_experiment(), "lab", "0" * 64, file).target.path == f"data/{'0' * 12}/{stored}"


def test_a_place_on_one_machine_is_no_store_of_a_cluster() -> None:
    with pytest.raises(UserError, match="write s3:// or pvc://"):
        plan_upload(an_experiment(store=StoreSpec(uri="file:/tmp/x")), "lab", "0" * 64, "a.csv")


@pytest.mark.parametrize(
    ("said", "written", "namespace"),
    [(None, "", None), ("a", "", "a"), (None, "a", "a"), ("a", "a", "a")],
    ids=["neither", "option", "file", "both"],
)
def test_the_namespace_is_that_of_the_option_or_the_file(
    desk: Desk, said: str | None, written: str, namespace: str | None
) -> None:
    metadata = f"{{name: late, namespace: {written}}}" if written else "{name: late}"
    path = desk.write("{data: {uri: 'example:adult'}, target: y}", metadata)
    assert _namespace(path, question(Application(path, None, MEANS)), said) == namespace


def test_two_namespaces_are_a_contradiction(desk: Desk) -> None:
    path = desk.write("{data: {uri: 'example:adult'}, target: y}", "{name: late, namespace: b}")
    with pytest.raises(UserError, match=r'-n a: .* says "b" in metadata.namespace'):
        _namespace(path, question(Application(path, None, MEANS)), "a")
