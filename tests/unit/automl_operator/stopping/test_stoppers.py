"""Early stopping of trials."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_operator.stopping import STOPPERS, Curve, stopper
from builders.curves import a_curve
from contracts.stopper import StopperContract

OTHERS = (a_curve("a", 0.20, 0.30), a_curve("b", 0.40, 0.40), a_curve("c", 0.45, 0.45), a_curve("d", 0.50, 0.50))


class TestNone(StopperContract):
    algorithm = "none"
    ends_trials = False

    def test_the_reason_is_that_early_stopping_is_off(self) -> None:
        assert stopper("none").judge(a_curve("x", 99.0, complete=False), OTHERS).reason == "StoppingDisabled"


class TestMedian(StopperContract):
    algorithm = "median"


class TestAuto(StopperContract):
    algorithm = "auto"


def test_every_stopper_has_a_contract_test() -> None:
    assert set(STOPPERS) == {suite.algorithm for suite in StopperContract.__subclasses__()}


@pytest.mark.parametrize(
    ("losses", "others", "stop", "reason"),
    [
        pytest.param(
            (0.60,), OTHERS, True, "WorseThanMedian", id="worse than most trials and than the worst fold of the best"
        ),
        pytest.param((0.41,), OTHERS, False, "BetterThanMedian", id="better than half of the others"),
        pytest.param((0.425,), OTHERS, False, "BetterThanMedian", id="as good as the median"),
        pytest.param((0.60,), OTHERS[:2], False, "TooFewToCompare", id="two others prove nothing"),
        pytest.param(
            (0.48,),
            (a_curve("a", 0.1, 0.5), *OTHERS[1:]),
            False,
            "WithinBestTrial",
            id="not worse than the worst fold of the best",
        ),
        pytest.param(
            (0.1, 0.60, 0.60),
            OTHERS,
            False,
            "TooFewToCompare",
            id="trials without its third fold are no comparison",
        ),
        pytest.param(
            (0.60,),
            (*OTHERS[:2], a_curve("n", float("nan"), 0.1)),
            False,
            "TooFewToCompare",
            id="a fold whose loss is not a number is no comparison",
        ),
    ],
)
def test_the_median_rule(losses: tuple[float, ...], others: tuple[Curve, ...], stop: bool, reason: str) -> None:
    verdict = stopper("median").judge(a_curve("x", *losses, complete=False), others)
    assert (verdict.stop, verdict.reason) == (stop, reason)


def test_folds_are_compared_by_number_not_by_count() -> None:
    easy_fold = tuple(Curve(name, {0: 0.9, 1: 0.1, 2: 0.1, 3: 0.1}, complete=True) for name in "abc")
    hard_fold_only = Curve("x", {0: 0.8}, complete=False)
    assert stopper("median").judge(hard_fold_only, easy_fold).reason == "BetterThanMedian"


def test_the_message_names_the_figures() -> None:
    verdict = stopper("median").judge(a_curve("churn-3", 0.60, complete=False), OTHERS)
    assert "churn-3" in verdict.message
    assert "0.425" in verdict.message
    assert "0.3 of the best, a" in verdict.message


def test_an_unknown_stopper_is_refused_with_the_known_names() -> None:
    with pytest.raises(ValueError, match='no early stopping "magic"; use one of auto, median, none'):
        stopper("magic")


@given(st.floats(0, 1), st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=3, max_size=6))
def test_a_trial_that_beats_every_fold_of_the_best_is_never_ended(mean: float, folds: list[list[float]]) -> None:
    others = tuple(a_curve(str(place), *losses) for place, losses in enumerate(folds))
    best = min(others, key=lambda other: sum(other.losses.values()))
    running = a_curve("x", min(best.losses.values()) * mean, complete=False)
    assert not stopper("median").judge(running, others).stop
