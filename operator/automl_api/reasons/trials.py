"""The reasons of stopped trials, and of Events that have no condition."""

from automl_api import reasons
from automl_api.reasons.explanation import Explanation, Place

TRIAL = Place(
    "Trial",
    (
        Explanation(
            (reasons.WORSE_THAN_MEDIAN,),
            "its mean score is worse than the median of other trials on the same folds, and than every fold of the best"
            " trial",
            "Set `earlyStopping.algorithm: none` to train every trial over all folds.",
        ),
        Explanation(
            (reasons.SAME_AS_ANOTHER,),
            "its view adds nothing here: an older trial of the same learner and parameters has the same columns, or"
            " exactly the same scores",
            "No action is needed.",
        ),
        Explanation(
            (reasons.BUDGET_SPENT,),
            "the time of the search is spent; the trial's finished folds count",
            "Give a greater `budget.time`.",
        ),
        Explanation(
            (reasons.STOP_REQUESTED, reasons.GOAL_REACHED, reasons.TRIALS_SPENT, reasons.PATIENCE_SPENT,
             reasons.FAILED_TRIALS_SPENT, reasons.NO_LEARNERS, reasons.SEARCH_EXHAUSTED, reasons.SEARCH_FAILED),
            "the search had ended; the trial's finished folds count",
            "See Searched.",
        ),
        Explanation(
            (reasons.NO_RUNNER,),
            "no runner can go on with the trial: no pool has its accelerator, no image has its library, or the suitable"
            " pools get no node; without a finished fold the trial is Infeasible",
            "Give a pool what the learner needs.",
        ),
        Explanation(
            (reasons.EXPERIMENT_FAILED,),
            "the experiment has failed, and every unfinished trial was stopped",
            "Read the experiment's condition Failed.",
        ),
    ),
)  # fmt: skip
EVENT = Place(
    "Event",
    (
        Explanation(
            (reasons.BEST_IMPROVED,),
            "a trial has the best score so far",
            "No action is needed.",
        ),
        Explanation(
            (reasons.TRIAL_RETRIED,),
            "an attempt at a trial has failed, and there will be another one",
            "Read the class and reason in its message, see Attempts.",
        ),
        Explanation(
            (reasons.TRIAL_INFEASIBLE, reasons.TRIAL_FAILED),
            "a trial has ended because its last attempt failed",
            "Read the class and reason in its message, see Attempts.",
        ),
        Explanation(
            (reasons.UNREADABLE,),
            "the operator cannot read the stored experiment, which does not fit its definition",
            "Apply the experiment anew, with the operator's definitions (`crds/`).",
        ),
    ),
)
