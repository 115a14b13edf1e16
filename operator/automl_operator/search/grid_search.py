"""Grid search: a finite lattice over the space, from coarse to fine, so that it may end at any time."""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from automl_api.base import Scalar
from automl_api.resources.plan import LearnerPlan
from automl_api.resources.search_space import Parameter
from automl_api.resources.trial import Configuration
from automl_operator.search.space import at, bounds, is_active, rounded
from automl_operator.search.suggester import SuggestRequest

LEVELS = (1, 3, 5, 9)
"""Points on the range of a number, by level. The last level has every int of a range of up to `ALL_INTS`."""
ALL_INTS = 64
AT_ONCE = 64
"""The most branches, or learners, that take turns at once; each of them holds memory."""
GOLDEN = (math.sqrt(5) - 1) / 2

Axis = tuple[str, tuple[Scalar, ...]]
"""A parameter's name and its values on a lattice."""


class GridSearch:
    """The same order for every seed. Learners, and the branches of conditional spaces, take turns."""

    def candidates(self, request: SuggestRequest, index: int) -> Iterator[Configuration]:  # noqa: ARG002 - unused
        """The whole lattice, coarse to fine. A finer level repeats the points of the coarser ones."""
        for level in range(len(LEVELS)):
            yield from _take_turns(_lattice(learner, level) for learner in request.learners)


def _lattice(learner: LearnerPlan, level: int) -> Iterator[Configuration]:
    return _take_turns(_points(learner, view, branch) for view in learner.views for branch in _branches(learner, level))


def _points(learner: LearnerPlan, view: str, axes: tuple[Axis, ...]) -> Iterator[Configuration]:
    """Every point of a lattice without conditions, spread by strides of the golden ratio (a Kronecker sequence)."""
    size = math.prod(len(values) for _, values in axes)
    stride = _coprime(round(size * GOLDEN), size)
    for step in range(size):
        rest, parameters = (step * stride + size // 2) % size, {}
        for name, values in axes:
            rest, place = divmod(rest, len(values))
            parameters[name] = values[place]
        yield Configuration(view=view, learner=learner.name, parameters=parameters)


def _branches(learner: LearnerPlan, level: int) -> Iterator[tuple[Axis, ...]]:
    """One lattice for each setting of the parameters that switch others; all its axes are active.

    It is lazy, because a few switches make millions of branches.
    """
    switches = {parameter.active_when.parameter for parameter in learner.space if parameter.active_when}
    axes = [(parameter, _values(parameter, level, learner.space)) for parameter in learner.space]
    return _grown(axes, switches, (), {})


def _grown(
    left: list[tuple[Parameter, tuple[Scalar, ...]]],
    switches: set[str],
    axes: tuple[Axis, ...],
    set_to: dict[str, Scalar],
) -> Iterator[tuple[Axis, ...]]:
    """The branches that begin with these axes, where the switches have these values."""
    if not left:
        yield axes
        return
    (parameter, values), *rest = left
    if not is_active(parameter, set_to):
        yield from _grown(rest, switches, axes, set_to)
    elif parameter.name not in switches:
        yield from _grown(rest, switches, (*axes, (parameter.name, values)), set_to)
    else:
        for value in values:
            fixed = (parameter.name, (value,))
            yield from _grown(rest, switches, (*axes, fixed), {**set_to, parameter.name: value})


def _values(parameter: Parameter, level: int, space: tuple[Parameter, ...]) -> tuple[Scalar, ...]:
    """Every value of a choice. For a number, evenly spaced values, and those that switch other parameters on."""
    if parameter.type == "choice":
        return parameter.choices
    low, high = bounds(parameter)
    points = LEVELS[level]
    if parameter.type == "int" and points == LEVELS[-1] and high - low < ALL_INTS:
        return tuple(range(int(low), int(high) + 1))
    values = [at(parameter, place / (points - 1) if points > 1 else 0.5) for place in range(points)]
    values += [
        rounded(parameter, value)
        for other in space
        if other.active_when and other.active_when.parameter == parameter.name
        for value in other.active_when.values
        if not isinstance(value, (bool, str)) and low <= value <= high
    ]
    return _distinct(values)


def _distinct(values: list[Scalar]) -> tuple[Scalar, ...]:
    """The values without repetitions (`space.same`); of equal values the first is kept."""
    distinct: dict[tuple[bool, Scalar], Scalar] = {}
    for value in values:
        distinct.setdefault((isinstance(value, bool), value), value)
    return tuple(distinct.values())


def _take_turns(iterators: Iterable[Iterator[Configuration]]) -> Iterator[Configuration]:
    """One item of each iterator in turn. At most `AT_ONCE` take part; where one ends, the next begins."""
    waiting = iter(iterators)
    turns = deque(islice(waiting, AT_ONCE))
    while turns:
        configurations = turns.popleft()
        configuration = next(configurations, None)
        if configuration is None:
            turns.extend(islice(waiting, 1))
        else:
            yield configuration
            turns.append(configurations)


def _coprime(wish: int, size: int) -> int:
    """The smallest number from `wish` on that is coprime to `size`, so that its multiples reach every point."""
    stride = max(wish, 1)
    while math.gcd(stride, size) != 1:
        stride += 1
    return stride
