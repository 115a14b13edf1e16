"""The learners. Each is a module of this package that puts itself into `REGISTERED`; no other list names it."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from automl_runner.learners.learner import Descriptor, Learner


def _registered() -> Iterator[Learner]:
    """The learners of each module here. Packages are skipped: they hold what learners share."""
    for module in iter_modules(__path__):
        if not module.ispkg:
            yield from getattr(import_module(f"{__name__}.{module.name}"), "REGISTERED", ())


LEARNERS: dict[str, Learner] = {learner.descriptor.name: learner for learner in _registered()}


def descriptors() -> tuple[Descriptor, ...]:
    """The descriptor of every learner; no library is imported."""
    return tuple(learner.descriptor for learner in LEARNERS.values())


def available() -> tuple[str, ...]:
    """The learners whose libraries this machine has; no library is imported."""
    return tuple(found.name for found in descriptors() if find_spec(found.library) is not None)


__all__ = ["LEARNERS", "Descriptor", "Learner", "available", "descriptors"]
