"""Each learner keeps the learners' contract."""

from contracts.learner import LearnerContract


class TestLinear(LearnerContract):
    name = "linear"


class TestLightGBM(LearnerContract):
    name = "lightgbm"


class TestHistGradientBoosting(LearnerContract):
    name = "hist_gradient_boosting"


class TestRandomForest(LearnerContract):
    name = "random_forest"


class TestExtraTrees(LearnerContract):
    name = "extra_trees"
