"""Chooses the learners to try on this data, cheapest first, and plans what each needs."""

from collections.abc import Sequence

from automl_api.did_you_mean import did_you_mean
from automl_api.resources.experiment import LearnersSpec
from automl_api.resources.plan import LearnerPlan, Needs
from automl_runner.learners.learner import Descriptor, Shape
from automl_runner.prepare.errors import spec_invalid
from automl_runner.views import VIEWS


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
    runnable = [descriptor for descriptor in fitting if descriptor.name in available]
    if not runnable:
        libraries = ", ".join(sorted({descriptor.library for descriptor in fitting}))
        raise spec_invalid(f"the learners asked for need libraries that are not installed here: {libraries}")
    return tuple(sorted(runnable, key=lambda descriptor: (descriptor.seconds(shape), descriptor.name)))


def learner_plan(descriptor: Descriptor, shape: Shape) -> LearnerPlan:
    """A learner with its space, default, portfolio and needs for training sets of a shape."""
    views = tuple(name for name in descriptor.views if VIEWS[name].suits(shape))
    needs = {name: VIEWS[name].needs(shape) for name in views}
    seconds = descriptor.seconds(shape)
    in_views = {name: need.seconds + descriptor.seconds(need.shape) for name, need in needs.items()}
    return LearnerPlan(
        name=descriptor.name,
        views=views,
        early_views=tuple(name for name in descriptor.early_views if name in views),
        view_seconds={name: longer for name, longer in in_views.items() if longer > seconds},
        space=descriptor.space(shape),
        default=descriptor.default(shape),
        portfolio=descriptor.portfolio(shape),
        needs=Needs(
            memory_bytes=max(descriptor.memory_bytes(need.shape) for need in needs.values()),
            accelerator=descriptor.accelerator,
        ),
        seconds_per_fold=seconds,
    )
