"""Makes the plan: the facts that the search needs, small enough for an object of the API server."""

import math
from collections.abc import Sequence

from automl_api.resources.plan import MAX_PLAN_BYTES, PLAN_VERSION, Artefact, PlanSpec, TargetProfile
from automl_runner.learners.learner import Descriptor, Shape
from automl_runner.prepare.learner_choice import learner_plan
from automl_runner.prepare.notes import note
from automl_runner.prepared import PreparedInfo

_ROOM = MAX_PLAN_BYTES - 8 * 1024
"""The bytes that a spec may take, so that the object's metadata has room too."""
_CLASS_CHARACTERS = (256, 80, 20)
_CANDIDATES = 30
"""The candidates that the selection of `finalize` looks at closely; more of them cost little."""
_MEMBERS = 8


def make_plan(
    info: PreparedInfo, prepared: Artefact, learners: Sequence[Descriptor], shape: Shape, whole: Shape
) -> PlanSpec:
    """The plan of prepared data, at most 256 KiB: long class names are cut first, then warnings are left out.

    shape: that of a fold's training set; whole: that of all rows, which refits are trained on.
    """
    largest = whole if info.folds.refit else shape
    plan = PlanSpec(
        version=PLAN_VERSION,
        task=info.task,
        metric=info.metric,
        rows=info.rows,
        columns=info.columns,
        target=TargetProfile(classes=info.classes, counts=info.counts, positive_class=info.positive_class),
        folds=info.folds.count,
        holdout_rows=info.holdout_rows,
        trained_share=max(info.folds.trained_shares),
        refit=info.folds.refit,
        prepared=prepared,
        learners=tuple(learner_plan(descriptor, shape, largest) for descriptor in learners),
        finalize_seconds=round(_finalize_seconds(info), 3),
        warnings=tuple(warning.without_cell for warning in info.warnings),
    )
    return _within_bounds(plan)


def _finalize_seconds(info: PreparedInfo) -> float:
    """Predicted time of `finalize` on one core, which the budget keeps free.

    It reads, selects and calibrates (bounded by samples of rows), scores and writes, and predicts the rows of a test.
    """
    folds, outputs = info.folds.count, max(1, len(info.classes))
    rows = info.folds.scored_rows + info.holdout_rows
    read = _CANDIDATES * (1e-3 * folds + 2e-8 * rows * outputs)
    selection = 4e-7 * (folds + 1) * min(rows, 10_000) * _CANDIDATES
    temperatures = (4e-7 * min(rows, 4_000) + 6e-8 * (folds + 1) * min(rows, 10_000)) * len(info.classes) * _CANDIDATES
    stack = 3e-7 * (folds + 1) * min(min(rows, 10_000) * outputs * _MEMBERS, 2_000_000)
    scoring = 5e-6 * rows * math.sqrt(outputs)
    writing = 0.01 * folds * _MEMBERS
    test = info.test_rows * (1e-5 * math.sqrt(outputs) * folds + 1e-6 * info.columns)
    test += 1.5e-7 * info.test_text_bytes * folds  # each model on texts takes them apart anew
    return 0.5 + read + selection + temperatures + stack + scoring + writing + test


def _within_bounds(plan: PlanSpec) -> PlanSpec:
    for characters in _CLASS_CHARACTERS:
        if _size(plan) <= _ROOM:
            return plan
        plan = plan.replace(target=_cut(plan.target, characters))
    while _size(plan) > _ROOM and plan.warnings:
        kept = plan.warnings[: len(plan.warnings) // 2]
        more = note("Repaired", "there are more warnings than a plan can hold; prepared.json in the store has them")
        plan = plan.replace(warnings=(*kept, more) if kept else ())
    return plan


def _cut(target: TargetProfile, characters: int) -> TargetProfile:
    positive = target.positive_class
    return target.replace(
        classes=tuple(name[:characters] for name in target.classes),
        positive_class=positive[:characters] if positive is not None else None,
    )


def _size(plan: PlanSpec) -> int:
    return len(plan.to_json().encode())
