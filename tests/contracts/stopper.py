"""Contract of every stopper: one subclass for each."""

from typing import ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl_operator.stopping import Curve, StopVerdict, stopper

INHERITED = settings(max_examples=40, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
"""Allows several subclasses to run the same property, which hypothesis otherwise reports as a mistake. They share the
examples that a single one would get."""

LOSSES = st.dictionaries(st.integers(0, 4), st.floats(-1e9, 1e9), min_size=1)


@st.composite
def curves(draw: st.DrawFn) -> list[Curve]:
    """Up to nine trials, each with some of five folds; trials with all five are complete."""
    histories = draw(st.lists(LOSSES, min_size=1, max_size=9))
    return [Curve(f"t-{place}", losses, complete=len(losses) == 5) for place, losses in enumerate(histories)]


class StopperContract:
    """Subclasses set the stopper's name, and whether it ends trials at all."""

    algorithm: ClassVar[str]
    ends_trials: ClassVar[bool] = True

    def judge(self, running: Curve, *others: Curve) -> StopVerdict:
        return stopper(self.algorithm).judge(running, others)

    @INHERITED
    @given(curves())
    def test_a_verdict_always_has_a_reason_and_a_message(self, trials: list[Curve]) -> None:
        verdict = self.judge(*trials)
        assert verdict.reason.isalnum()
        assert verdict.reason[0].isupper()
        assert verdict.message.endswith(".")

    @INHERITED
    @given(curves())
    def test_the_trial_that_is_best_on_its_folds_goes_on(self, trials: list[Curve]) -> None:
        running, *others = trials
        lowest = {fold: min(trial.losses.get(fold, loss) for trial in trials) for fold, loss in running.losses.items()}
        best = Curve("best", lowest, complete=False)
        assert not self.judge(best, *others).stop

    @INHERITED
    @given(curves())
    def test_a_complete_trial_is_not_stopped(self, trials: list[Curve]) -> None:
        running, *others = trials
        assert not self.judge(Curve(running.trial, running.losses, complete=True), *others).stop

    @INHERITED
    @given(curves())
    def test_the_order_of_the_others_does_not_matter(self, trials: list[Curve]) -> None:
        running, *others = trials
        assert self.judge(running, *others).stop == self.judge(running, *reversed(others)).stop

    def test_a_hopeless_trial_is_ended_where_early_stopping_is_on(self) -> None:
        others = [Curve(name, dict.fromkeys(range(5), 0.1), complete=True) for name in "abcd"]
        hopeless = Curve("hopeless", {0: 99.0}, complete=False)
        assert self.judge(hopeless, *others).stop is self.ends_trials

    def test_without_others_a_trial_goes_on(self) -> None:
        assert not self.judge(Curve("alone", {0: 1.0}, complete=False)).stop

    def test_before_its_first_fold_a_trial_goes_on(self) -> None:
        others = [Curve(name, {0: 0.1}, complete=False) for name in "abcd"]
        assert not self.judge(Curve("fresh", {}, complete=False), *others).stop
