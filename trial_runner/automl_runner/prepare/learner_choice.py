"""Chooses the learners to try on this data, cheapest first, and plans what each needs."""

from collections.abc import Sequence

from automl_api.did_you_mean import did_you_mean
from automl_api.resources.experiment import LearnersSpec
from automl_api.resources.plan import LearnerPlan, Needs
from automl_runner.learners.learner import Descriptor, Shape
from automl_runner.prepare.errors import spec_invalid
from automl_runner.views import VIEWS
from automl_runner.views.view import ViewNeeds

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
    """The views of a learner that have something to offer in data of this shape, those of texts first; may be empty."""
    if descriptor.reads_text:
        return descriptor.views if shape.text_columns else ()
    suiting = (name for name in descriptor.views if VIEWS[name].suits(shape))
    return tuple(sorted(suiting, key=lambda name: name not in _VIEWS_OF_TEXTS))


def predicted_seconds(descriptor: Descriptor, shape: Shape) -> float:
    """Predicted time of one fit of the default on its first view, on one core."""
    needs = VIEWS[views_for(descriptor, shape)[0]].needs(shape)
    return needs.seconds + descriptor.seconds(needs.shape)


def _unread(shape: Shape) -> str:
    return "reads text, and all columns are texts" if shape.text_columns else "reads other columns than texts"


def learner_plan(descriptor: Descriptor, shape: Shape, largest: Shape | None = None) -> LearnerPlan:
    """A learner with its space, default, portfolio and needs for training sets of a shape.

    largest: the shape of a refit's; its views suit that, too.
    """
    views, largest = views_for(descriptor, shape), largest or shape
    views = tuple(name for name in views if VIEWS[name].suits(largest)) or views[:1]
    needs = {name: VIEWS[name].needs(shape) for name in views}
    first = needs[views[0]].shape
    seconds = {name: need.seconds + descriptor.seconds(need.shape) for name, need in needs.items()}
    memory = max(_memory_bytes(descriptor, need) for need in needs.values())
    refit_memory = max(_memory_bytes(descriptor, VIEWS[name].needs(largest)) for name in views)
    return LearnerPlan(
        name=descriptor.name,
        views=views,
        early_views=tuple(name for name in descriptor.early_views if views[0] == "plain" and name in views),
        view_seconds={name: longer for name, longer in seconds.items() if longer > seconds[views[0]]},
        space=descriptor.space(first),
        default=descriptor.default(first),
        portfolio=descriptor.portfolio(first),
        needs=Needs(memory_bytes=memory, refit_memory_bytes=refit_memory, accelerator=descriptor.accelerator),
        seconds_per_fold=seconds[views[0]],
    )


def _memory_bytes(descriptor: Descriptor, need: ViewNeeds) -> int:
    """The peak memory of a fit in a view: of the view's own fit, or of the learner's beside the view's features."""
    return max(need.memory_bytes, need.copied_bytes + descriptor.memory_bytes(need.shape))
