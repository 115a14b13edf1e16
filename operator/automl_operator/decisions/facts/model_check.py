"""The check of a model that a runner reports: the operator decides where it must be and what it must be for."""

from collections.abc import Iterator

from automl_api.names import model_name
from automl_api.resources.model import PublishedModelSpec
from automl_api.uris import below, parse_uri
from automl_operator.decisions.facts.plan_check import DIGEST
from automl_operator.decisions.state.context import Context


def model_fault(context: Context, model: PublishedModelSpec) -> str:
    """The fault of a reported model, as a sentence; empty where it is the model that was ordered."""
    return next(_faults(context, model), "")


def _faults(context: Context, model: PublishedModelSpec) -> Iterator[str]:
    expected = model_uri(context)
    if not _same_place(model.uri, expected):
        yield f"The model is reported at {model.uri!r:.200}; it must be at {expected}."
    if not DIGEST.fullmatch(model.digest):
        yield f"The model's digest {model.digest!r:.80} is not a SHA-256 digest."
    plan = context.plan
    reported = (model.task, model.target, model.score.metric)
    if reported != (ordered := (plan.task, context.spec.target, plan.metric)):
        yield f"The model is for {reported!r:.300}, and {ordered!r:.300} was asked for."
    if (tested := model.test_score) is not None:
        if context.spec.evaluation.test is None:
            yield "The model has a test score, and no test was asked for."
        elif tested.metric != plan.metric or tested.rows < 1:
            yield f"The test score is {tested.metric!r:.80} on {tested.rows} rows, and {plan.metric} was asked for."


def model_uri(context: Context) -> str:
    """The address at which the experiment's model must be."""
    meta = context.snapshot.experiment.metadata
    return below(context.snapshot.store.uri or "", f"models/{model_name(meta.name, meta.uid)}")


def _same_place(left: str, right: str) -> bool:
    try:
        return parse_uri(left).parts == parse_uri(right).parts
    except ValueError:
        return False
