"""Whether a model that a runner hands in is the one that it was to build: where it lies is the operator's to say."""

from collections.abc import Iterator
from typing import Final

from automl_api.names import model_name
from automl_api.resources.model import PublishedModelSpec
from automl_api.uris import below, parse_uri
from automl_operator.decisions.facts.plan_check import DIGEST
from automl_operator.decisions.state.context import Context

MODEL_REFUSED: Final = "ModelRefused"


def model_fault(context: Context, model: PublishedModelSpec) -> str:
    """What is wrong with a model that was handed in, as a sentence; empty where it is the one that was asked for."""
    return next(_faults(context, model), "")


def _faults(context: Context, model: PublishedModelSpec) -> Iterator[str]:
    expected = model_uri(context)
    if not _same_place(model.uri, expected):
        yield f"The model is said to lie at {model.uri!r:.200}, and was to lie at {expected}."
    if not DIGEST.fullmatch(model.digest):
        yield f"The model's digest is {model.digest!r:.80}, which is none."
    plan = context.plan
    said = (model.task, model.target, model.score.metric)
    if said != (asked := (plan.task, context.spec.target, plan.metric)):
        yield f"The model is for {said!r:.300}, and {asked!r:.300} was asked for."


def model_uri(context: Context) -> str:
    """Where the experiment's model is to lie."""
    meta = context.snapshot.experiment.metadata
    return below(context.snapshot.store.uri or "", f"models/{model_name(meta.name, meta.uid)}")


def _same_place(left: str, right: str) -> bool:
    try:
        return parse_uri(left).parts == parse_uri(right).parts
    except ValueError:
        return False
