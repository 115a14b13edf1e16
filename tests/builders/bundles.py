"""Model bundles trained on a few rows without a run, with a member for every kind of estimator and view."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl_api.resources.experiment_status import FinalScore
from automl_api.resources.model import Member
from automl_model import ModelError, ReadingWarning, SchemaError, load_model
from automl_model.bundle import FORMAT_VERSION, BundleFacts, write_bundle
from automl_model.files import MANIFEST, file_digests, json_bytes, paths_below, sha256_of
from automl_model.fold_model import FoldModel
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import FitContext, TrainingSet
from automl_runner.views import VIEWS
from builders.preparing import prepare_table

ROWS = 150
SMALL: dict[str, dict[str, Any]] = {
    "linear": {},
    "lightgbm": {"num_leaves": 4, "learning_rate": 0.3},
    "hist_gradient_boosting": {"max_iter": 4, "max_leaf_nodes": 4},
    "extra_trees": {"max_leaf_nodes": 4},
    "mlp": {"width": 64, "depth": 2, "epochs": 8},
    "catboost": {"depth": 4, "learning_rate": 0.3, "one_hot_max_size": 4},
    "text_linear": {"characters": True},
}
MEMBERS = (
    ("linear", "target_encoding"), ("lightgbm", "plain"), ("hist_gradient_boosting", "plain"),
    ("extra_trees", "plain"), ("mlp", "plain"), ("catboost", "plain"), ("text_linear", "plain"),
    ("extra_trees", "text_components"),
)  # fmt: skip
CLASSES = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c"), "regression": ()}


def some_table(task: str = "multiclass", rows: int = ROWS) -> pd.DataFrame:
    """A table of a number with gaps, dates, a boolean, categories with few and many levels, and texts."""
    generator = np.random.default_rng(0)
    signal = generator.normal(size=rows)
    frame = pd.DataFrame(
        {
            "number": np.where(generator.random(rows) < 0.1, np.nan, signal.round(2)),
            "when": pd.date_range("2020-01-01", periods=rows, freq="37h").strftime("%Y-%m-%d"),
            "truth": np.where(generator.random(rows) < 0.5, "yes", "no"),
            "city": generator.choice(["Rome", "Oslo", "Kyiv"], rows),
            "code": [f"c{level}" for level in generator.integers(0, 12, rows)],
        }
    )
    frame["note"] = [f"this is note {place} of a day in {city}" for place, city in enumerate(frame["city"])]
    noisy = signal + generator.normal(size=rows) / 2
    names, cuts = np.array(CLASSES[task] or ("",)), np.linspace(-0.5, 0.5, max(len(CLASSES[task]) - 1, 1))
    frame["y"] = noisy if task == "regression" else names[np.searchsorted(cuts[: len(names) - 1], noisy)]
    return frame


def a_bundle(place: Path, task: str = "multiclass") -> Path:
    """A bundle with a member of every kind; the first member has two parts, the others have one."""
    run = prepare_table(some_table(task).to_dict("list"), place, budget={"time": "10m"})
    info, context = run.prepared.info, FitContext(run.prepared.info.task, run.prepared.class_count, run.plan.metric, 0)
    labels = run.prepared.target
    target = labels.astype(np.float64) if task == "regression" else labels.astype(np.int64)
    rows, models, members = TrainingSet(run.prepared.features, target), {}, []
    for number, (learner, view) in enumerate(MEMBERS):
        state, seen = VIEWS[view].fit(rows, context)
        fitted = LEARNERS[learner].fit(SMALL[learner], TrainingSet(seen, target), TrainingSet(seen, target), context)
        parts = ("fold-0", "refit")[: 2 if number == 0 else 1]
        for part in parts:
            models[f"members/trial-{number}/{part}"] = place / "models" / str(number) / part
            FoldModel(state, fitted.estimator).write(models[f"members/trial-{number}/{part}"])
        members.append(
            Member(trial=f"trial-{number}", learner=learner, view=view, weight=1 / len(MEMBERS), parts=parts)
        )
    facts = BundleFacts(
        task=info.task, metric=info.metric, target=info.target, original_type=info.original_type,
        classes=info.classes, positive_class=info.positive_class, columns=info.signature, encoder=info.encoder,
        members=tuple(members), temperature=1.5, rows=info.rows,
        score=FinalScore(metric=info.metric, value=0.5, low=0.4, high=0.6, basis="cross-fitted"),
    )  # fmt: skip
    (place / "bundle").mkdir()
    write_bundle(place / "bundle", facts, models)
    return place / "bundle"


def sealed(bundle: Path, version: int = FORMAT_VERSION) -> str:
    """Write a new manifest that fits a changed bundle; returns the manifest's digest."""
    facts = {"formatVersion": version, "kind": "automl-operator model", "files": file_digests(bundle)}
    (bundle / MANIFEST).unlink()  # it may be a link to a manifest that other tests read
    (bundle / MANIFEST).write_bytes(json_bytes(facts))
    return sha256_of(bundle / MANIFEST)


def new_rows() -> pd.DataFrame:
    """Rows to predict, with a gap and a category that training never saw."""
    return pd.concat([some_table(rows=3), pd.DataFrame({"number": [np.nan], "city": ["Bonn"]})])


def outcome(bundle: Path) -> str:
    """`predicted`, or the message of the refusal; predictions must be finite, and no other error may be raised."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReadingWarning)  # a changed encoder may read the rows otherwise
            predicted = load_model(bundle).predict_proba(new_rows())
    except (ModelError, SchemaError) as refused:
        return str(refused)
    assert np.isfinite(predicted.to_numpy()).all()
    return "predicted"


def restore(bundle: Path, files: dict[str, bytes]) -> None:
    """Restore the original files of a damaged bundle."""
    for entry in list(paths_below(bundle)):
        path = Path(entry.path)
        if entry.is_symlink() or not (entry.is_dir() or path.relative_to(bundle).as_posix() in files):
            path.unlink()
    for name, data in files.items():
        path = bundle / name
        if not path.is_file() or path.read_bytes() != data:
            path.unlink(missing_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
