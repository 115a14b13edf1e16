"""A hostile or broken bundle is refused with a message; every file and every index is checked."""

import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_model import ModelError, load_model
from automl_model.arrays import read_arrays, write_arrays
from builders.bundles import new_rows, outcome, sealed

FOREST, BOOSTED = "members/trial-3/fold-0/estimator/forest.npz", "members/trial-2/fold-0/estimator/trees.npz"
LINEAR, VIEW = "members/trial-0/refit/estimator/linear.npz", "members/trial-0/fold-0/view/view.npz"
TEXT = "members/trial-1/fold-0/estimator/model.txt"
NETWORK, OBLIVIOUS = "members/trial-4/fold-0/estimator/mlp.npz", "members/trial-5/fold-0/estimator/trees.npz"
TERMS = "members/trial-6/fold-0/estimator/text_linear.npz"


def change_json(path: Path, change: Callable[[Any], object]) -> None:
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def change_array(path: Path, name: str, change: Callable[[Any], Any]) -> None:
    arrays = {key: value.copy() for key, value in read_arrays(path).items()}
    arrays[name] = change(arrays[name])
    write_arrays(path, arrays)


def put(value: Any, *place: int) -> Callable[[Any], Any]:
    """A function that changes one value of an array."""

    def change(array: Any) -> Any:
        array[place if len(place) > 1 else place[0]] = value
        return array

    return change


def test_an_unchanged_bundle_predicts(bundle: Path) -> None:
    assert outcome(bundle) == "predicted"
    sealed(bundle)
    assert outcome(bundle) == "predicted"


# The files in the directory


def test_a_part_that_the_manifest_does_not_list_is_refused(bundle: Path) -> None:
    shutil.copytree(bundle / "members/trial-1/fold-0", bundle / "members/trial-1/fold-100")
    assert "members/trial-1/fold-100" in outcome(bundle)
    assert "does not belong to the model" in outcome(bundle)


def test_a_part_that_no_member_names_is_not_loaded(bundle: Path) -> None:
    before = load_model(bundle).predict_proba(new_rows())
    shutil.copytree(bundle / "members/trial-1/fold-0", bundle / "members/trial-1/fold-99")
    sealed(bundle)
    assert load_model(bundle).predict_proba(new_rows()).equals(before)


@pytest.mark.parametrize("place", ["members/trial-1/fold-0", "README.md", "encoder.json", "manifest.json"])
def test_links_are_refused(bundle: Path, tmp_path: Path, place: str) -> None:
    (bundle / place).rename(tmp_path / "elsewhere")
    (bundle / place).symlink_to(tmp_path / "elsewhere")
    assert "is a link" in outcome(bundle)


def test_a_link_beside_the_model_is_refused(bundle: Path) -> None:
    (bundle / "notes").symlink_to("/etc/passwd")
    assert "is a link" in outcome(bundle)


def test_a_manifest_that_never_ends_is_refused(bundle: Path) -> None:
    (bundle / "manifest.json").unlink()
    os.mkfifo(bundle / "manifest.json")
    assert "is not a regular file" in outcome(bundle)


@pytest.mark.parametrize("name", ["../bundle/README.md", "/etc/passwd", "a/../README.md", "", ".", "a\nb", "x" * 600])
def test_a_manifest_that_names_other_places_is_refused(bundle: Path, name: str) -> None:
    change_json(bundle / "manifest.json", lambda manifest: manifest["files"].update({name: "sha256:0"}))
    assert "not a plain file name" in outcome(bundle)


@pytest.mark.parametrize("name", ["encoder.json", "signature.json", "ensemble.json", "leaderboard.json"])
def test_a_file_that_is_read_must_be_listed(bundle: Path, name: str) -> None:
    change_json(bundle / "manifest.json", lambda manifest: manifest["files"].pop(name))
    assert f"does not list {name}" in outcome(bundle)


def test_a_model_with_another_digest_is_refused(bundle: Path) -> None:
    digest = sealed(bundle)
    load_model(bundle, digest)
    change_json(bundle / "ensemble.json", lambda ensemble: ensemble.update(temperature=1.0))
    sealed(bundle)
    with pytest.raises(ModelError, match="belongs to another model"):
        load_model(bundle, digest)


# The content of the files, each with a matching manifest


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        pytest.param("ensemble.json", lambda e: e["members"][0].update(trial="../../outside"), "invalid trial name", id="a member outside"),
        pytest.param("ensemble.json", lambda e: e["members"][0].update(trial=".."), "invalid trial name", id="a member above"),
        pytest.param("ensemble.json", lambda e: e["members"][0].update(parts=["../x"]), "parts", id="a part outside"),
        pytest.param("ensemble.json", lambda e: e["members"][0].update(parts=["fold-7"]), "fold-7", id="a part that is missing"),
        pytest.param("ensemble.json", lambda e: e["members"][0].update(parts=[]), "lacks the models", id="no part"),
        pytest.param("ensemble.json", lambda e: e["members"][0].update(weight=-0.25), "negative or not finite", id="a negative weight"),
        pytest.param("ensemble.json", lambda e: e["members"][0].update(weight=1e308), "sum to 1", id="a heavy weight"),
        pytest.param("ensemble.json", lambda e: e.update(members=[]), "no members", id="no members"),
        pytest.param("ensemble.json", lambda e: e["members"].append(e["members"][0]), "twice", id="a member twice"),
        pytest.param("ensemble.json", lambda e: e.update(temperature=0.0), "temperature", id="no temperature"),
        pytest.param("ensemble.json", lambda e: e["members"][0].update(temperature=0.0), "temperature", id="a member without one"),
        pytest.param("ensemble.json", lambda e: e.update(stack={"share": 2.0}), "share", id="a stack of more than everything"),
        pytest.param("ensemble.json", lambda e: e.update(stack={"share": 0.5, "coefficients": [1.0], "intercepts": [0.0]}), "a stack of other", id="a stack of other members"),
        pytest.param("ensemble.json", lambda e: e.update(stack={"share": 0.5, "coefficients": [1e300, 0.0], "intercepts": [0.0] * 3}), "too great|other members", id="a stack of giants"),
        pytest.param("signature.json", lambda s: s.update(metric="rmse"), "a metric that does not fit", id="a metric of another task"),
        pytest.param("signature.json", lambda s: s.update(classes=["a", "b", "b"]), "twice", id="a class twice"),
        pytest.param("signature.json", lambda s: s.update(classes=["a", "b"]), "classes", id="a missing class"),
        pytest.param("signature.json", lambda s: s.update(task="regression", metric="rmse"), "classes", id="another task"),
        pytest.param("signature.json", lambda s: s.update(originalType="int64"), "another type", id="labels of another type"),
        pytest.param("signature.json", lambda s: s["columns"].pop(), "other columns", id="a missing column"),
        pytest.param("encoder.json", lambda e: e.clear(), r"encoder\.json", id="an empty encoder"),
        pytest.param("encoder.json", lambda e: e["columns"][0].update(kind="magic"), r"encoder\.json", id="an unknown column"),
        pytest.param("encoder.json", lambda e: e["columns"][1].update(parts=["age"]), r"encoder\.json", id="an unknown part"),
        pytest.param("encoder.json", lambda e: e["columns"][0].update(notation={"group": "x"}), r"encoder\.json", id="a notation"),
        pytest.param("encoder.json", lambda e: e["columns"][0].update(scale="x"), r"encoder\.json", id="a scale of text"),
        pytest.param("encoder.json", lambda e: e["columns"][0].update(scale=[1, 2]), r"encoder\.json", id="two scales"),
        pytest.param("encoder.json", lambda e: e["columns"][0].update(origin=10**400), r"encoder\.json", id="a great origin"),
        pytest.param("encoder.json", lambda e: e["columns"][1].update(origin="x"), r"encoder\.json", id="a day of text"),
        pytest.param("encoder.json", lambda e: e["columns"][1].update(origin=10**30), r"encoder\.json", id="a day far away"),
        pytest.param("encoder.json", lambda e: e.update(missing=[5]), r"encoder\.json", id="a missing word of numbers"),
        pytest.param("encoder.json", lambda e: e["columns"][3].update(levels=[1, "x"]), r"encoder\.json", id="levels of two types"),
        pytest.param("encoder.json", lambda e: e["columns"][3].update(levels="xyz"), r"encoder\.json", id="levels that are not a list"),
        pytest.param("encoder.json", lambda e: e["columns"][1].update(format="%Q"), r"encoder\.json", id="no date format"),
        pytest.param("encoder.json", lambda e: e["columns"][1].update(format="%Y" * 10**5), r"encoder\.json", id="a format without end"),
        pytest.param("encoder.json", lambda e: e["columns"][2].update(words=["a", "b"]), r"encoder\.json", id="no words for booleans"),
        pytest.param("encoder.json", lambda e: e["columns"][2].update(words=["yes"]), r"encoder\.json", id="one word for booleans"),
        pytest.param("encoder.json", lambda e: e["columns"][2].update(words=[["yes", "no"]]), r"encoder\.json", id="nested words for booleans"),
        pytest.param("encoder.json", lambda e: e["columns"][3].update(levels=["x"] * 300), "codes apart", id="many levels"),
        pytest.param("members/trial-0/fold-0/view/view.json", lambda v: v["state"].update(encoded=[9]), "encoded", id="a view of other columns"),
        pytest.param("members/trial-0/fold-0/view/view.json", lambda v: v["state"].update(kept=[-1]), "kept", id="a negative column"),
        pytest.param("members/trial-0/fold-0/view/view.json", lambda v: v["state"].update(names="ab"), "names", id="names that are not a list"),
        pytest.param("members/trial-0/fold-0/view/view.json", lambda v: v.update(name="magic"), "not know the view", id="an unknown view"),
        pytest.param("members/trial-0/fold-0/estimator/estimator.json", lambda f: f.update(tables=10**9), "tables", id="countless tables"),
        pytest.param("members/trial-1/fold-0/estimator/estimator.json", lambda f: f.update(rounds=10**5), "rounds", id="more rounds than there are"),
        pytest.param("members/trial-1/fold-0/estimator/estimator.json", lambda f: f.update(classes=2), "classes", id="other classes"),
        pytest.param("members/trial-1/fold-0/estimator/estimator.json", lambda f: f.update(kind="os"), "kind", id="an unknown kind"),
        pytest.param("members/trial-2/fold-0/estimator/estimator.json", lambda f: f.update(seen=[0, 9]), "seen", id="a class beyond the last"),
        pytest.param("members/trial-3/fold-0/estimator/estimator.json", lambda f: f.update(columns=9), "columns", id="more columns"),
        pytest.param("members/trial-6/fold-0/estimator/estimator.json", lambda f: f.update(texts=2), "columns of texts", id="more texts"),
        pytest.param("members/trial-6/fold-0/estimator/estimator.json", lambda f: f.update(terms=5), "list of terms", id="no terms"),
        pytest.param("members/trial-6/fold-0/estimator/estimator.json", lambda f: f["terms"][0].update(column=1), "does not have", id="terms of another column"),
        pytest.param("members/trial-6/fold-0/estimator/estimator.json", lambda f: f["terms"].append({}), "analyser", id="a term of nothing"),
        pytest.param("members/trial-7/fold-0/view/view.json", lambda v: v["state"]["terms"].append({}), "analyser", id="a component of nothing"),
        pytest.param("members/trial-7/fold-0/view/view.json", lambda v: v["state"]["names"].pop(), "names", id="a component without a name"),
        pytest.param("encoder.json", lambda e: e["columns"][5].update(kind="categorical", levels=[]), "other columns", id="a text as category"),
    ],
)  # fmt: skip
def test_the_content_of_the_files_is_checked(
    bundle: Path, name: str, change: Callable[[Any], object], words: str
) -> None:
    change_json(bundle / name, change)
    sealed(bundle)
    assert outcome(bundle) != "predicted"
    with pytest.raises(ModelError, match=words):
        load_model(bundle)


NOTATIONS: dict[str, Any] = {
    "a number": 5, "a text": "plain", "a list": [1], "nothing": None, "an unknown kind": {"kind": "magic"},
    "decimals of a number": {"decimal": 5}, "no decimals": {"decimal": ""}, "half a pattern as decimals": {"decimal": "^"},
    "a backslash as decimals": {"decimal": "\\"}, "other decimals": {"decimal": "x"}, "decimals without end": {"decimal": "." * 10**5},
    "other groups": {"group": "x"}, "groups of a list": {"group": []}, "groups of nothing": {"group": None},
    "groups as decimals": {"decimal": ",", "group": ","}, "a unit of a number": {"unit": 5}, "a unit of nothing": {"unit": None},
    "a unit of a list": {"unit": ["%"]}, "a nested unit": {"unit": [[[]]]}, "a unit without end": {"unit": "x" * 10**6},
    "two signs": {"unit": "%$"}, "a sign that ends a pattern": {"unit": "%]"}, "half a pattern as unit": {"unit": "("},
    "a unit of digits": {"unit": "12"}, "a unit of control characters": {"unit": "a\u0000b"},
    "clock of a word": {"clock": "yes"}, "clock of a list": {"clock": []}, "a clock with a unit": {"clock": True, "unit": "kg"},
}  # fmt: skip


@pytest.mark.parametrize("notation", NOTATIONS.values(), ids=NOTATIONS)
def test_the_notation_of_numbers_is_checked(bundle: Path, notation: Any) -> None:
    """The notation of a column is checked, and also the target's, which rows to predict do not have."""
    before = (bundle / "encoder.json").read_text()
    for change in (lambda e: e["columns"][0].update(notation=notation), lambda e: e.update(target=notation)):
        (bundle / "encoder.json").write_text(before)
        change_json(bundle / "encoder.json", change)
        sealed(bundle)
        with pytest.raises(ModelError, match=r"encoder\.json"):
            load_model(bundle)


@pytest.mark.parametrize("notation", [{}, {"unit": "kg"}, {"unit": "€", "decimal": ",", "group": "."}, {"clock": True}])
def test_every_valid_notation_loads(bundle: Path, notation: dict[str, Any]) -> None:
    change_json(bundle / "encoder.json", lambda e: e.update(target=notation))
    sealed(bundle)
    assert outcome(bundle) == "predicted"


@pytest.mark.parametrize(
    ("name", "array", "change"),
    [
        pytest.param(FOREST, "left_child", put(10**6, 0), id="a forest's node beyond the last"),
        pytest.param(FOREST, "left_child", put(0, 0), id="a forest's cycle"),
        pytest.param(FOREST, "right_child", put(-1, 0), id="a forest's node with one child"),
        pytest.param(FOREST, "feature", put(99, 0), id="a forest's column beyond the last"),
        pytest.param(FOREST, "feature", put(-7, 0), id="a forest's column before the first"),
        pytest.param(FOREST, "counts", put(10**9, 0), id="a forest's count"),
        pytest.param(FOREST, "counts", put(-1, 0), id="a forest's negative count"),
        pytest.param(FOREST, "values", put(np.nan, 0, 0), id="a forest's value"),
        pytest.param(FOREST, "values", lambda a: a[:-1], id="a forest's missing value"),
        pytest.param(FOREST, "values", lambda a: a.astype(np.float32), id="a forest's values of another type"),
        pytest.param(BOOSTED, "left", put(10**6, 0), id="a boosted tree's node beyond the last"),
        pytest.param(BOOSTED, "right", put(-1, 0), id="a boosted tree's node before the first"),
        pytest.param(BOOSTED, "columns", put(99, 0), id="a boosted tree's column"),
        pytest.param(BOOSTED, "sets", put(99, 0), id="a boosted tree's set of codes"),
        pytest.param(BOOSTED, "known", put(99, -1), id="a column's known codes"),
        pytest.param(BOOSTED, "known", lambda a: a[:-1], id="a missing column"),
        pytest.param(BOOSTED, "codes", lambda a: a[:, :-1], id="sets of codes that are too short"),
        pytest.param(BOOSTED, "intercept", put(np.inf, 0), id="an infinite intercept"),
        pytest.param(LINEAR, "weights", lambda a: a[:-1], id="a missing weight"),
        pytest.param(LINEAR, "scaling_scale", put(0.0, 0), id="a scale of zero"),
        pytest.param(LINEAR, "scaling_flagged", put(99, 0), id="a flag for a column beyond the last"),
        pytest.param(LINEAR, "table_0", lambda a: a[:1], id="a table without a row for other levels"),
        pytest.param(NETWORK, "weights_1", lambda a: a[:-1], id="a layer that does not fit the one before"),
        pytest.param(NETWORK, "table_0", lambda a: a[:1], id="a network's table without a row for other levels"),
        pytest.param(NETWORK, "waves_mixes", lambda a: a[:-1], id="a number without its mix of waves"),
        pytest.param(NETWORK, "target", lambda a: a[:3], id="a network without a range of the target"),
        pytest.param(OBLIVIOUS, "columns", put(99, 0), id="an oblivious tree's column"),
        pytest.param(OBLIVIOUS, "sizes", put(3, 0), id="a column of fewer codes than it has"),
        pytest.param(OBLIVIOUS, "splits", put(10**6, 0, 0), id="an oblivious tree's split"),
        pytest.param(TERMS, "weights_0", lambda a: a[:-1], id="a term without a weight"),
        pytest.param(TERMS, "weights_1", lambda a: a[:, :-1], id="a weight of terms for a class too few"),
        pytest.param(TERMS, "terms_0_buckets", put(2**20, -1), id="a term beyond the last"),
        pytest.param(TERMS, "terms_1_rarity", put(np.nan, 0), id="a term without a rarity"),
        pytest.param(
            "members/trial-7/fold-0/view/view.npz", "components_0", lambda a: a[:-1], id="a term without components"
        ),
        pytest.param(VIEW, "table_1", lambda a: a[:1], id="a view's table without a row for other levels"),
        pytest.param(VIEW, "table_1", lambda a: a.astype(np.int64), id="a view's table of another type"),
    ],
)
def test_every_index_is_checked(bundle: Path, name: str, array: str, change: Callable[[Any], Any]) -> None:
    change_array(bundle / name, array, change)
    sealed(bundle)
    with pytest.raises(ModelError, match=f"members/{name.split('/')[1]}"):
        load_model(bundle)


def test_deep_json_is_refused(bundle: Path) -> None:
    for depth in (30, 100_000):
        (bundle / "encoder.json").write_text('{"columns": ' + "[" * depth + "]" * depth + "}")
        sealed(bundle)
        with pytest.raises(ModelError, match=r"encoder\.json"):
            load_model(bundle)


def test_arrays_that_would_unpack_to_too_much_are_refused_before_unpacking(bundle: Path) -> None:
    with zipfile.ZipFile(bundle / FOREST, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("left.npy", "w") as file:
        for _ in range(4):
            file.write(bytes(2**20))
    data = (bundle / FOREST).read_bytes()
    (bundle / FOREST).write_bytes(data.replace((4 * 2**20).to_bytes(4, "little"), (2**32 - 2).to_bytes(4, "little")))
    for number in range(4):
        shutil.copy(bundle / FOREST, bundle / f"more-{number}.npz")
    sealed(bundle)
    with pytest.raises(ModelError, match="unpacks to more than"):
        load_model(bundle)


def test_arrays_of_objects_are_refused(bundle: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, left=np.array([{}], dtype=object), allow_pickle=True)
    (bundle / FOREST).write_bytes(buffer.getvalue())
    sealed(bundle)
    with pytest.raises(ModelError, match=r"forest\.npz holds no arrays of numbers"):
        load_model(bundle)
