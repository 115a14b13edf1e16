"""Scores a bundle on the rows of `evaluation.test`, once, as anybody would who loads it."""

from pathlib import Path

from automl_api.limits import MAX_MESSAGE
from automl_api.resources.experiment import ExperimentSpec
from automl_api.resources.experiment_status import UserTestScore
from automl_model import load_model
from automl_model.evaluation import scorable, scores_of
from automl_runner.data import Sources
from automl_runner.ensemble.interval import ScoredPart, estimate
from automl_runner.failures import WorkFailed
from automl_runner.prepare.rows_for_test import FIELD, read_rows_for_test
from automl_runner.redaction import redact


def score_on_test(
    spec: ExperimentSpec, bundle: Path, sources: Sources, *, last: bool = True
) -> tuple[UserTestScore | None, str]:
    """The score of a bundle, and an empty text; or None, and the reason why there is none.

    Nothing about these rows keeps a model from being published: they may have vanished or changed since `prepare`. Only
    where a server does not answer, WorkFailed is raised, unless it is the `last` attempt.
    """
    if spec.evaluation.test is None:
        return None, ""
    try:
        return _score(spec, bundle, sources), ""
    except WorkFailed as failed:
        if failed.failure_class == "infrastructure" and not last:
            raise
        why = failed.message
    except MemoryError:
        why = f"{FIELD}: memory ran out; give fewer rows, or a runner with more memory"
    except Exception as error:  # noqa: BLE001 - whatever is wrong with these rows, the model is published
        why = f"{FIELD}: {error}"
    return None, redact(why)[:MAX_MESSAGE]


def _score(spec: ExperimentSpec, bundle: Path, sources: Sources) -> UserTestScore:
    model = load_model(bundle)
    metric, threshold = model.facts.metric, model.facts.threshold
    rows = read_rows_for_test(spec, model.encoder, model.true_values, [metric], sources, model.facts.encoding)
    target, raw = rows.labelled.target, model.outputs(rows.labelled.features)
    counted, truth, outputs = scorable(metric, target, raw, threshold)
    part = ScoredPart(
        truth,
        outputs,
        None if rows.weights is None else rows.weights[counted],
        threshold,
        None if rows.units is None else rows.units[counted],
    )
    found = estimate(metric, [part], spec.search.seed, ordered=rows.ordered)
    return UserTestScore(
        metric=metric,
        value=found.value,
        low=found.low,
        high=found.high,
        rows=len(target),
        metrics=scores_of(model.metrics, target, raw, threshold, rows.weights),
    )
