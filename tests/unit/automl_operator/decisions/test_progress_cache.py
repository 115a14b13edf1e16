"""Facts about trials at rest are cached for exactly those trials, so that a long search decides as fast."""

import pytest

from automl_api.resources import FoldResult, Trial
from automl_operator.decisions.state.progress_cache import ProgressCache
from builders.control import a_claimed_trial, a_minimal_plan_spec

PLAN = a_minimal_plan_spec()
TRIALS = tuple(a_claimed_trial(index) for index in (0, 1, 3, 4))
ENDED = TRIALS[2].replace(status=TRIALS[2].status.replace(state="Succeeded"))
LATER = {
    "nothing changed": (TRIALS, []),
    "one ended": ((*TRIALS[:2], ENDED, TRIALS[3]), [3]),
    "one was added": ((*TRIALS, a_claimed_trial(5)), [5]),
    "one was added in between": ((*TRIALS[:2], a_claimed_trial(2), *TRIALS[2:]), [0, 1, 2, 3, 4]),
    "they come in another order": ((*TRIALS[:2], TRIALS[3], TRIALS[2]), [0, 1, 4, 3]),
    "one is gone": (TRIALS[1:], [1, 3, 4]),
    "one was replaced": ((*TRIALS[:3], a_claimed_trial(5)), [0, 1, 3, 5]),
}


@pytest.mark.parametrize(("trials", "anew"), LATER.values(), ids=LATER)
def test_unchanged_trials_are_taken_from_the_cache(trials: tuple[Trial, ...], anew: list[int]) -> None:
    before = ProgressCache().renewed(TRIALS, PLAN)
    after = before.renewed(trials, PLAN).progress
    assert [index for index, progress in after.items() if progress is not before.progress.get(index)] == anew
    assert [progress.trial for progress in after.values()] == list(trials)
    assert all(progress.trial.spec.index == index for index, progress in after.items())


@pytest.mark.parametrize("trials", [trials for trials, _ in LATER.values()], ids=LATER)
def test_renewing_a_cache_does_not_change_the_old_one(trials: tuple[Trial, ...]) -> None:
    cache = ProgressCache().renewed(TRIALS, PLAN)
    before = (dict(cache.progress), cache.spent.copy())
    cache.renewed(trials, PLAN)
    assert (cache.progress, cache.spent) == before


def test_another_plan_empties_the_cache() -> None:
    cache = ProgressCache().renewed(TRIALS, PLAN).renewed(TRIALS, PLAN.replace(folds=7))
    assert {progress.total for progress in cache.progress.values()} == {7}


@pytest.mark.parametrize("trials", [trials for trials, _ in LATER.values()], ids=LATER)
def test_the_spent_time_is_the_same_without_the_cache(trials: tuple[Trial, ...]) -> None:
    fold = FoldResult(fold=0, score=0.5, seconds=0.1)
    scored = tuple(t.replace(status=t.status.replace(folds=(fold,))) if t.spec.index % 2 else t for t in trials)
    found = ProgressCache().renewed(TRIALS, PLAN).renewed(scored, PLAN).spent
    assert found == ProgressCache().renewed(scored, PLAN).spent
    assert found.means() == {("linear", "plain"): 0.1}
