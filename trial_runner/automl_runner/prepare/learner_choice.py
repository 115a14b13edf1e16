"""Chooses the learners to try on this data, cheapest first, and plans what each needs."""

from collections.abc import Sequence

from automl_api.did_you_mean import did_you_mean
from automl_api.resources.experiment import LearnersSpec
from automl_api.resources.plan import LearnerPlan, Needs
from automl_runner.learners.learner import Descriptor, Shape
from automl_runner.prepare.errors import spec_invalid
from automl_runner.views import text_components

_VIEWS_OF_TEXTS = ("text_components",)


def choose_learners(
    spec: LearnersSpec, shape: Shape, descriptors: Sequence[Descriptor], available: Sequence[str]
) -> tuple[Descriptor, ...]:
    """The learners that the spec asks for, that fit the task and that can run here, cheapest first.

    Raises WorkFailed for an unknown name, and where none is left.
    """
    names = [descriptor.name for descriptor in descriptors]
    for name in (*spec.include, *spec.exclude):
        if name not in names:
            raise spec_invalid(
                f'there is no learner "{name}".{did_you_mean(name, names)} There are: {", ".join(sorted(names))}'
            )
    asked = [d for d in descriptors if (not spec.include or d.name in spec.include) and d.name not in spec.exclude]
    if not asked:
        raise spec_invalid("learners.include and learners.exclude leave none to try; exclude fewer")
    fitting = [descriptor for descriptor in asked if shape.task in descriptor.tasks]
    if not fitting:
        raise spec_invalid(
            f"none of {', '.join(d.name for d in asked)} can learn a {shape.task} target; include another learner"
        )
    fitting = [descriptor for descriptor in fitting if views_for(descriptor, shape)]
    if not fitting:
        raise spec_invalid(f"none of {', '.join(d.name for d in asked)} {_unread(shape)}; include another learner")
    runnable = [descriptor for descriptor in fitting if descriptor.name in available]
    if not runnable:
        libraries = ", ".join(sorted({descriptor.library for descriptor in fitting}))
        extras = ",".join(sorted({descriptor.extra for descriptor in fitting}))
        raise spec_invalid(
            f"the learners asked for need libraries that are not installed here: {libraries};"
            f" pip install 'automl-operator[{extras}]'"
        )
    return tuple(sorted(runnable, key=lambda descriptor: (predicted_seconds(descriptor, shape), descriptor.name)))


def views_for(descriptor: Descriptor, shape: Shape) -> tuple[str, ...]:
    """The views of a learner that have features for it in data of this shape; empty if there are none."""
    if descriptor.reads_text:
        return descriptor.views if shape.text_columns else ()
    of_texts = tuple(view for view in descriptor.views if view in _VIEWS_OF_TEXTS)
    others = tuple(view for view in descriptor.views if view not in _VIEWS_OF_TEXTS)
    return (of_texts if shape.text_columns else ()) + (
        others if shape.numeric_columns + shape.categorical_columns else ()
    )


def predicted_seconds(descriptor: Descriptor, shape: Shape) -> float:
    """Predicted time of one fit of the default on its view, on one core."""
    return descriptor.seconds(_seen(descriptor, shape)) + (
        text_components.seconds(shape) if _of_components(descriptor, shape) else 0.0
    )


def _of_components(descriptor: Descriptor, shape: Shape) -> bool:
    return "text_components" in views_for(descriptor, shape)


def _seen(descriptor: Descriptor, shape: Shape) -> Shape:
    """The shape that a learner sees through the widest of its views."""
    return text_components.widened(shape) if _of_components(descriptor, shape) else shape


def _unread(shape: Shape) -> str:
    return "reads text, and all columns are texts" if shape.text_columns else "reads other columns than texts"


def learner_plan(descriptor: Descriptor, shape: Shape) -> LearnerPlan:
    """A learner with its space, default, portfolio and needs for training sets of a shape."""
    seen = _seen(descriptor, shape)
    memory = descriptor.memory_bytes(seen)
    if _of_components(descriptor, shape):
        memory = max(memory, text_components.memory_bytes(shape))
    return LearnerPlan(
        name=descriptor.name,
        views=views_for(descriptor, shape),
        space=descriptor.space(seen),
        default=descriptor.default(seen),
        portfolio=descriptor.portfolio(seen),
        needs=Needs(memory_bytes=memory, accelerator=descriptor.accelerator),
        seconds_per_fold=predicted_seconds(descriptor, shape),
    )
