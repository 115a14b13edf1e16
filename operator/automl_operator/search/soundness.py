"""The check that a search space takes bounded time and memory: spaces come from runners, which are not trusted.

The operator's own learners are far within these bounds; `tests/unit/automl_operator/search` checks this.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from automl_api.base import Scalar
from automl_api.resources.plan import LearnerPlan
from automl_api.resources.search_space import Parameter
from automl_operator.search.grid_search import ALL_INTS
from automl_operator.search.space import bounds, same

MAX_DEPTH: Final = 4
"""The greatest depth of nested conditions. The deepest space of a library (an SVM's kernels) has two levels."""
MAX_BRANCHES: Final = 4096
"""The settings of the parameters that switch others, each with its own lattice: twelve switches of two values."""
MAX_NUMBER: Final = 1e30
"""Squares and products of numbers up to this one are finite."""
MAX_WHOLE: Final = 2**53
"""Beyond this, JSON readers disagree about whole numbers."""
MAX_TEXT: Final = 256
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,62}")


def fault_of(learner: LearnerPlan) -> str:
    """The fault of a learner in a plan, as a sentence; empty where it is sound."""
    return next(_faults(learner), "")


def _faults(learner: LearnerPlan) -> Iterator[str]:
    names = (learner.name, *learner.views, *(parameter.name for parameter in learner.space))
    yield from (f"{name!r:.80} is not a valid name." for name in names if not _NAME.fullmatch(name))
    for what, given in (("view", learner.views), ("parameter", [parameter.name for parameter in learner.space])):
        if len(set(given)) < len(given):
            yield f"The learner {learner.name} names a {what} twice."
    yield from (f"The learner {learner.name} does not have the view {view!r:.80}." for view in _undeclared(learner))
    for parameter in learner.space:
        yield from (f"The parameter {parameter.name} of {learner.name} {fault}." for fault in _of_parameter(parameter))
    yield from (f"The learner {learner.name} {fault}." for fault in _of_conditions(learner.space))
    known = {parameter.name for parameter in learner.space}
    for values in (learner.default, *learner.portfolio):
        yield from (f"The learner {learner.name} {fault}." for fault in _of_values(values, known))


def _undeclared(learner: LearnerPlan) -> set[str]:
    """The views that are tried early or have a time, and that the learner may not be given."""
    return {*learner.early_views, *learner.view_seconds} - {*learner.views}


def _of_parameter(parameter: Parameter) -> Iterator[str]:
    if parameter.type == "choice":
        if not parameter.choices:
            yield "has no choices"
        yield from ("has a choice that is not a plain value" for value in parameter.choices if not is_plain(value))
        if _has_twins(parameter.choices):
            yield "has a choice twice"
        return
    ends = (parameter.low, parameter.high)
    if not all(end is not None and is_plain(end) for end in ends):
        yield f"needs bounds of at most {MAX_NUMBER:g}"
        return
    try:
        low, high = bounds(parameter)
    except ValueError:
        yield "needs low <= high, above 0 on a logarithmic scale"
        return
    if parameter.type == "int" and (low > high or max(abs(low), abs(high)) > MAX_WHOLE or (parameter.log and low < 1)):
        yield f"has no whole numbers between its bounds, or some beyond {MAX_WHOLE}"


def _of_conditions(space: Iterable[Parameter]) -> Iterator[str]:
    """Each condition must name an earlier parameter, and the depth and number of conditions are limited."""
    seen: dict[str, Parameter] = {}
    depth: dict[str, int] = {}
    switched: dict[str, list[Scalar]] = {}
    for parameter in space:
        condition = parameter.active_when
        depth[parameter.name] = 0
        if condition is not None:
            if condition.parameter not in seen:
                yield f"has the parameter {parameter.name} depend on a parameter that does not come before it"
                return
            if not all(map(is_plain, condition.values)):
                yield f"has the parameter {parameter.name} depend on a value that is not plain"
                return
            depth[parameter.name] = depth[condition.parameter] + 1
            switched.setdefault(condition.parameter, []).extend(condition.values)
        seen[parameter.name] = parameter
    if max(depth.values(), default=0) > MAX_DEPTH:
        yield f"nests conditions more than {MAX_DEPTH} deep"
    branches = math.prod(_values_at_most(seen[name], values) for name, values in switched.items())
    if branches > MAX_BRANCHES:
        yield f"has {branches:,} branches of conditional parameters, more than {MAX_BRANCHES:,}"


def _values_at_most(switch: Parameter, switching: list[Scalar]) -> int:
    """The largest number of lattice values of a parameter that switches others."""
    return len(switch.choices) if switch.type == "choice" else ALL_INTS + len(set(switching))


def _of_values(values: Mapping[str, Scalar], known: set[str]) -> Iterator[str]:
    for name, value in values.items():
        if name not in known:
            yield f"is given the parameter {name!r:.80}, which its space does not have"
        if not is_plain(value):
            yield f"is given a value that is not plain for {name!r:.80}"


def is_plain(value: Scalar) -> bool:
    """True for a boolean, a finite number of usual size, or a short text."""
    if isinstance(value, bool):
        return True
    if isinstance(value, str):
        return len(value) <= MAX_TEXT
    limit = MAX_WHOLE if isinstance(value, int) else MAX_NUMBER
    return math.isfinite(value) and abs(value) <= limit if isinstance(value, float) else abs(value) <= limit


def _has_twins(values: tuple[Scalar, ...]) -> bool:
    return any(same(value, other) for place, value in enumerate(values) for other in values[:place])
