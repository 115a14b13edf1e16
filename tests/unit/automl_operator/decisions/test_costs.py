"""Predictions of how long a fold takes."""

import pytest

from automl_api.resources import Configuration, Trial
from automl_operator.decisions.facts.costs import costs
from builders.decisions import a_context, a_snapshot
from builders.experiments import a_learner, a_plan, a_trial, folds_of

LEARNER = a_learner("boosting", 2.0, views=("plain", "wide"), view_seconds={"wide": 5.0})


def done(seconds: float, view: str = "plain") -> Trial:
    """A complete trial of the learner, whose folds have taken so long."""
    folds = folds_of(*[0.8] * 5, seconds=seconds)
    trial = a_trial(int(view != "plain"), state="Succeeded", learner="boosting", folds=folds, score=0.8)
    return trial.replace(spec=trial.spec.replace(configuration=trial.spec.configuration.replace(view=view)))


@pytest.mark.parametrize(
    ("view", "trials", "expected"),
    [
        pytest.param("plain", (), 2.0, id="the plan's seconds"),
        pytest.param("wide", (), 5.0, id="the plan's seconds of the view"),
        pytest.param("plain", (done(4.0),), 4.0, id="observed seconds"),
        pytest.param("wide", (done(4.0),), 10.0, id="observed seconds, as many times longer as the plan says"),
        pytest.param("plain", (done(2.0), done(5.0, "wide")), 2.0, id="seconds of another view do not count"),
        pytest.param("plain", (done(10.0, "wide"),), 4.0, id="only the slower view is observed"),
        pytest.param("unknown", (), 2.0, id="a view that is as fast as the first"),
    ],
)
def test_a_view_takes_longer_as_the_plan_predicts(view: str, trials: tuple[Trial, ...], expected: float) -> None:
    context = a_context(a_snapshot(trials=trials, plan=a_plan(learners=(LEARNER,))))
    found = costs(context).of_configuration(Configuration(learner="boosting", view=view))
    assert found == pytest.approx(expected)
