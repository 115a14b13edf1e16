"""Grid search: coarse points first, all points in the end, and conditions are respected."""

import tracemalloc
from itertools import islice
from typing import Any

from automl_api.resources.search_space import ActiveWhen, Parameter
from automl_operator.search.grid_search import GridSearch
from builders.search import BOOTSTRAP, DEPTH, RATE, SHARE, a_request, a_tunable_learner

X = Parameter(name="x", type="float", low=0.0, high=8.0)
Y = Parameter(name="y", type="float", low=0.0, high=8.0)


def points(*space: Parameter) -> list[dict[str, Any]]:
    request = a_request(a_tunable_learner("grid", *space), algorithm="grid")
    return [candidate.parameters for candidate in GridSearch().candidates(request, 0)]


def distinct(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [point for place, point in enumerate(found) if point not in found[:place]]


def test_the_middle_comes_first_then_ends_then_quarters_then_eighths() -> None:
    order = [point["x"] for point in distinct(points(X))]
    assert order[0] == 4.0
    assert set(order[:3]) == {0.0, 4.0, 8.0}
    assert set(order[:5]) == {0.0, 2.0, 4.0, 6.0, 8.0}
    assert sorted(order) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]


def test_two_numbers_make_all_pairs_level_by_level() -> None:
    order = distinct(points(X, Y))
    assert len(order) == 81
    assert all(point["x"] in {0.0, 4.0, 8.0} and point["y"] in {0.0, 4.0, 8.0} for point in order[:9])


def test_a_level_varies_all_parameters_and_not_one_after_the_other() -> None:
    order = distinct(points(X, Y))[1:5]
    assert len({point["x"] for point in order}) > 1
    assert len({point["y"] for point in order}) > 1


def test_every_int_of_a_short_range_is_in_it() -> None:
    assert sorted(point["depth"] for point in distinct(points(DEPTH))) == list(range(1, 13))


def test_conditional_parameters_vary_only_where_they_are_active() -> None:
    found = distinct(points(BOOTSTRAP, SHARE))
    assert found.count({"bootstrap": False}) == 1
    assert len([point for point in found if point["bootstrap"] is True and "share" in point]) == 9
    assert len(found) == 10


def test_a_number_takes_the_values_that_switch_others_on() -> None:
    trees = Parameter(name="trees", type="int", low=1, high=1000)
    subtle = Parameter(
        name="subtle", type="choice", choices=("a", "b"), active_when=ActiveWhen(parameter="trees", values=(7,))
    )
    assert {"trees": 7, "subtle": "b"} in points(trees, subtle)


def test_learners_take_turns() -> None:
    request = a_request(a_tunable_learner("one", RATE, X), a_tunable_learner("two", RATE, X), algorithm="grid")
    first = [point.learner for point in islice(GridSearch().candidates(request, 0), 2)]
    assert sorted(first) == ["one", "two"]


def test_branches_are_made_one_by_one_so_that_many_take_little_memory() -> None:
    """Four conditional choices of sixteen values make 65,536 branches, which once were all in memory."""
    names = [f"p{number}" for number in range(4)]
    space = [
        Parameter(
            name=name,
            type="choice",
            choices=tuple(range(16)),
            active_when=ActiveWhen(parameter=names[place - 1], values=tuple(range(16))) if place else None,
        )
        for place, name in enumerate(names)
    ]
    last = Parameter(name="last", type="float", low=0, high=1, active_when=ActiveWhen(parameter="p3", values=(0,)))
    request = a_request(a_tunable_learner("grid", *space, last), algorithm="grid")
    tracemalloc.start()
    found = [candidate.parameters for candidate in islice(GridSearch().candidates(request, 0), 1000)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(distinct(found)) == 1000
    assert peak < 2_000_000
