"""`automl apply`: refusals before anything is sent, the upload of data, and the applied object."""

import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest

from automl.cluster.data_upload import UploadOptions
from automl.cluster.errors import ApiRefused, ClusterError
from automl.cluster.upload_plan import plan_upload
from automl.commands.apply import Application, apply, experiment_of, manifest, namespace_of
from automl.errors import UserError
from automl_api.kinds import CLAIMS, EXPERIMENTS, PODS
from automl_api.names import API_VERSION
from automl_api.resources.experiment import StoreSpec
from builders.experiments import an_experiment
from fakes.display import RecordingDisplay
from fakes.user_cluster import FakeUserCluster

HEAD = "apiVersion: automl-operator.dev/v1alpha1\nkind: AutoMLExperiment\n"
DATA = b"amount,late\n" + b"1.5,yes\n2.5,no\n" * 50_000
DIGEST = hashlib.sha256(DATA).hexdigest()
PLACE = f"data/{DIGEST[:12]}/my.csv"
OPTIONS = UploadOptions("10Gi", None)


class Harness:
    """A user's folder and a cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = FakeUserCluster(folder / "claims", flags=" -n team")
        self.display = RecordingDisplay()
        self.data = folder / "my.csv"
        self.data.write_bytes(DATA)

    def write(self, spec: str, metadata: str = "{name: late}") -> Path:
        path = self.folder / "x.yaml"
        path.write_text(f"{HEAD}metadata: {metadata}\nspec: {spec}\n")
        return path

    def apply(
        self, spec: str, data: Path | None = None, options: UploadOptions = OPTIONS, test: Path | None = None
    ) -> Any:
        application = Application(self.write(spec), data, options, test)
        apply(self.cluster, experiment_of(application), application, self.display)
        return self.cluster.get(EXPERIMENTS, "late")


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


def test_the_applied_object_has_exactly_the_fields_of_the_file(harness: Harness) -> None:
    stored = harness.apply("{data: {uri: 'example:adult'}, target: late, budget: {time: 2m}}")
    assert stored["spec"] == {"data": {"uri": "example:adult"}, "target": "late", "budget": {"time": "2m"}}
    assert harness.display.lines == [
        "late created in namespace team of context here",
        "follow it with: automl wait late -n team",
    ]


def test_the_output_says_whether_anything_changed(harness: Harness) -> None:
    for parallelism in (2, 2, 3):
        harness.apply(f"{{data: {{uri: 'example:adult'}}, target: late, parallelism: {parallelism}}}")
    assert [line.split()[1] for line in harness.display.lines[::2]] == ["created", "unchanged", "configured"]


def test_labels_and_annotations_are_sent_but_the_servers_fields_are_not(harness: Harness) -> None:
    path = harness.write(
        "{data: {uri: 'example:adult'}, target: y}", "{name: late, uid: '7', generation: 3, labels: {team: a}}"
    )
    assert manifest(experiment_of(Application(path, None, OPTIONS)), {})["metadata"] == {
        "name": "late",
        "labels": {"team": "a"},
    }


def test_a_local_data_file_is_refused_with_a_remedy(harness: Harness) -> None:
    with pytest.raises(UserError, match=r"upload it: automl apply -f \S+x.yaml --data my.csv"):
        harness.apply("{data: {uri: 'file:my.csv'}, target: late}")
    assert harness.cluster.names(EXPERIMENTS) == []


def test_without_a_store_the_data_is_copied_into_a_claim_by_a_temporary_pod(harness: Harness) -> None:
    stored = harness.apply("{data: {uri: 'file:my.csv'}, target: late}", harness.data)
    assert stored["spec"]["data"]["uri"] == f"pvc://late-store/{PLACE}"
    assert (harness.cluster.root / "late-store" / PLACE).read_bytes() == DATA
    claim = harness.cluster.get(CLAIMS, "late-store")
    assert claim is not None
    assert claim["spec"] == {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}
    assert "ownerReferences" not in claim["metadata"]
    assert harness.cluster.names(PODS) == []
    assert harness.display.lines[0] == f"{harness.data} is in pvc://late-store/{PLACE}"


TEST = b"amount,late\n1,yes\n2,no\n"
TEST_PLACE = f"data/{hashlib.sha256(TEST).hexdigest()[:12]}/test.csv"


def test_rows_to_test_on_are_uploaded_beside_the_data(harness: Harness) -> None:
    test = harness.folder / "test.csv"
    test.write_bytes(TEST)
    spec = "{data: {uri: 'example:adult'}, target: late, evaluation: {folds: 3}}"
    stored = harness.apply(spec, harness.data, test=test)["spec"]
    assert stored["data"]["uri"] == f"pvc://late-store/{PLACE}"
    assert stored["evaluation"] == {"folds": 3, "test": {"uri": f"pvc://late-store/{TEST_PLACE}"}}
    assert (harness.cluster.root / "late-store" / TEST_PLACE).read_bytes() == TEST
    assert [line.split(" is in ")[0] for line in harness.display.lines[:2]] == [str(harness.data), str(test)]


@pytest.mark.parametrize("evaluation", ["", ", evaluation: {test: null}"], ids=["nothing", "a null"])
def test_rows_to_test_on_may_be_the_only_upload(evaluation: str, harness: Harness) -> None:
    test = harness.folder / "test.csv"
    test.write_bytes(TEST)
    stored = harness.apply(f"{{data: {{uri: 'example:adult'}}, target: late{evaluation}}}", test=test)["spec"]
    assert (stored["data"]["uri"], list(stored["evaluation"])) == ("example:adult", ["test"])


def test_wrong_rows_to_test_on_are_refused_before_anything_is_sent(harness: Harness) -> None:
    test, spec = harness.folder / "test.csv", "{data: {uri: 'example:adult'}, target: late}"
    test.write_text("amount,lat\n1,yes\n")
    with pytest.raises(UserError, match=r'test.csv has no column "late". Did you mean "lat"'):
        harness.apply(spec, test=test)
    local = spec.replace("late}", "late, evaluation: {test: {uri: 'file:test.csv'}}}")
    with pytest.raises(UserError, match=r'spec.evaluation.test.uri: "file:test.csv" .*x.yaml --test test.csv'):
        harness.apply(local)
    with pytest.raises(UserError, match=r'there is no file ".*none.csv"'):
        harness.apply(spec, test=harness.folder / "none.csv")
    assert harness.cluster.dry_runs == []


def test_uploaded_data_is_not_sent_again(harness: Harness) -> None:
    for _ in range(2):
        harness.apply("{target: late}", harness.data)
    assert [line for line in harness.display.lines if "my.csv" in line] == [
        f"{harness.data} is in pvc://late-store/{PLACE}",
        f"{harness.data} was already in pvc://late-store/{PLACE}",
    ]


def test_the_data_of_a_deleted_experiment_is_sent_again_into_a_claim_that_stays(harness: Harness) -> None:
    old = harness.apply("{target: late}", harness.data)["metadata"]
    owner = {"apiVersion": API_VERSION, "kind": "AutoMLExperiment", "name": "late", "uid": old["uid"]}
    harness.cluster.delete(CLAIMS, "late-store")
    harness.cluster.create(CLAIMS, {"metadata": {"name": "late-store", "ownerReferences": [owner]}})
    harness.cluster.delete(EXPERIMENTS, "late")
    collecting = threading.Timer(0.2, harness.cluster.delete, (CLAIMS, "late-store"))
    collecting.start()
    harness.apply("{target: late}", harness.data)
    collecting.join()
    assert harness.display.statuses.count("waiting until the old volume claim late-store is gone, 0:00") == 1
    assert (harness.cluster.root / "late-store" / PLACE).read_bytes() == DATA


def test_the_pods_image_is_pulled_with_the_given_secret(harness: Harness) -> None:
    harness.apply("{target: late}", harness.data, UploadOptions("10Gi", None, "registry"))
    assert harness.cluster.pods_made[0]["spec"]["imagePullSecrets"] == [{"name": "registry"}]


def test_a_store_that_is_a_claim_is_used_and_not_created(harness: Harness) -> None:
    (harness.cluster.root / "ours").mkdir(parents=True)
    stored = harness.apply("{target: late, store: {uri: 'pvc://ours/automl'}}", harness.data)
    assert stored["spec"]["data"]["uri"] == f"pvc://ours/automl/{PLACE}"
    assert (harness.cluster.root / "ours" / "automl" / PLACE).read_bytes() == DATA
    assert harness.cluster.names(CLAIMS) == []


def test_a_refusal_of_the_server_comes_before_any_upload(harness: Harness) -> None:
    harness.cluster.refuse("apply", ApiRefused("spec.budget: no"))
    with pytest.raises(ApiRefused, match=r"spec.budget: no"):
        harness.apply("{target: late}", harness.data)
    assert (harness.cluster.names(CLAIMS), harness.cluster.pods_made) == ([], [])


def test_a_missing_column_is_reported_at_once(harness: Harness) -> None:
    with pytest.raises(UserError, match=r'has no column "lat". Did you mean "late"'):
        harness.apply("{target: lat}", harness.data)
    assert harness.cluster.dry_runs == []


def test_an_interrupted_copy_leaves_no_file_and_no_experiment(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automl.cluster.programs.RECEIVE", 'echo "disk is full" >&2; exit 1')
    with pytest.raises(ClusterError, match="the copy was broken off: disk is full"):
        harness.apply("{target: late}", harness.data)
    assert list((harness.cluster.root / "late-store").iterdir()) == []
    assert (harness.cluster.names(PODS), harness.cluster.names(EXPERIMENTS)) == ([], [])


@pytest.mark.parametrize(
    ("store", "uri"),
    [
        pytest.param(None, "pvc://churn-store/data/0123456789ab/a.csv", id="none"),
        pytest.param("s3://bucket", "s3://bucket/lab/data/0123456789ab/a.csv", id="bucket"),
        pytest.param("s3://bucket/automl/", "s3://bucket/automl/lab/data/0123456789ab/a.csv", id="folder of a bucket"),
        pytest.param("pvc://claim/", "pvc://claim/data/0123456789ab/a.csv", id="claim"),
    ],
)
def test_the_address_of_uploaded_data(store: str | None, uri: str) -> None:
    plan = plan_upload(an_experiment(store=StoreSpec(uri=store)), "lab", "0123456789abcdef", "a.csv")
    assert (str(plan.target), plan.makes_claim) == (uri, store is None)


@pytest.mark.parametrize(
    ("file", "stored"), [("Q1 'final'.csv.gz", "Q1-final-.csv.gz"), ("..", "data"), ("ünï.csv", "n-.csv")]
)
def test_a_file_name_is_simplified(file: str, stored: str) -> None:
    assert plan_upload(an_experiment(), "lab", "0" * 64, file).target.path == f"data/{'0' * 12}/{stored}"


def test_a_local_folder_is_refused_as_a_store_of_a_cluster() -> None:
    with pytest.raises(UserError, match="write s3:// or pvc://"):
        plan_upload(an_experiment(store=StoreSpec(uri="file:/tmp/x")), "lab", "0" * 64, "a.csv")


@pytest.mark.parametrize(
    ("option", "written", "namespace"),
    [(None, "", None), ("a", "", "a"), (None, "a", "a"), ("a", "a", "a")],
    ids=["neither", "option", "file", "both"],
)
def test_the_namespace_comes_from_the_option_or_the_file(
    harness: Harness, option: str | None, written: str, namespace: str | None
) -> None:
    metadata = f"{{name: late, namespace: {written}}}" if written else "{name: late}"
    path = harness.write("{data: {uri: 'example:adult'}, target: y}", metadata)
    assert namespace_of(path, experiment_of(Application(path, None, OPTIONS)), option) == namespace


def test_two_different_namespaces_are_refused(harness: Harness) -> None:
    path = harness.write("{data: {uri: 'example:adult'}, target: y}", "{name: late, namespace: b}")
    with pytest.raises(UserError, match=r'-n a: .* says "b" in metadata.namespace'):
        namespace_of(path, experiment_of(Application(path, None, OPTIONS)), "a")
