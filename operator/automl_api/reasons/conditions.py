"""The reasons of the conditions that show an experiment's progress."""

from automl_api import condition_types, reasons
from automl_api.reasons.explanation import Explanation, Place

COMPLETE = Place(
    condition_types.COMPLETE,
    (
        Explanation(
            (reasons.MODEL_PUBLISHED,),
            "True: the model's name is in `status.model`",
            "Load the model, or download it with `automl download NAME`.",
        ),
        Explanation(
            ("Pending", "Preparing", "Searching", "Finalizing"),
            "the reason is the state; the message describes the current work",
            "Wait; if it takes long, look at the other conditions.",
        ),
        Explanation(
            ("Suspended",),
            "the work is suspended; no finished work is lost",
            "Set `spec.suspend: false`, or look at StoreReady.",
        ),
        Explanation(
            ("Failed",),
            "there will be no model",
            "Read the condition Failed.",
        ),
    ),
)
PREPARED = Place(
    condition_types.PREPARED,
    (
        Explanation(
            (reasons.PLAN_MADE,),
            "True: the data was read and checked, and the plan has the findings",
            "Read the plan's warnings with `kubectl describe amlplan`.",
        ),
    ),
)
SEARCHED = Place(
    condition_types.SEARCHED,
    (
        Explanation(
            (reasons.TIME_SPENT,),
            "the rest of `budget.time` is needed to build the model",
            "Give a greater `budget.time`.",
        ),
        Explanation(
            (reasons.TRIALS_SPENT,),
            "`budget.trials` configurations were tried",
            "Give a greater `budget.trials`.",
        ),
        Explanation(
            (reasons.PATIENCE_SPENT,),
            "`budget.patience` trials in a row brought no better score",
            "Give a greater `budget.patience`.",
        ),
        Explanation(
            (reasons.GOAL_REACHED,),
            "a trial has reached `objective.goal`",
            "Set a goal that is harder to reach, or none.",
        ),
        Explanation(
            (reasons.STOP_REQUESTED,),
            "`spec.stop` is set, or `automl stop` was run",
            "Apply another experiment to continue the search.",
        ),
        Explanation(
            (reasons.SEARCH_EXHAUSTED,),
            "there is nothing left to propose, for example after a whole grid",
            "Allow more learners or parameters.",
        ),
        Explanation(
            (reasons.FAILED_TRIALS_SPENT,),
            "`budget.failedTrials` trials failed; the message has the last failure",
            "Correct the cause.",
        ),
        Explanation(
            (reasons.NO_LEARNERS,),
            "every learner was left out; the message has the reason for each",
            "See LearnersReady.",
        ),
        Explanation(
            (reasons.SEARCH_FAILED,),
            "the search failed: the message names the bug, or the plan needs more memory or time than a search may use",
            "Report it.",
        ),
    ),
)
TESTED = Place(
    condition_types.TESTED,
    (
        Explanation(
            (reasons.TEST_SCORED,),
            "True: the model was scored on the rows of `evaluation.test`; `status.testScore` has the score",
            "Compare it with `status.score`.",
        ),
        Explanation(
            (reasons.TEST_FAILED,),
            "the rows of `evaluation.test` could not be read or scored when the model was built; the model is published",
            "Correct what the message names, and score the model yourself: `load_model(...).evaluate(rows)`.",
        ),
    ),
)
FAILED = Place(
    condition_types.FAILED,
    (
        Explanation(
            (reasons.DATA_MISSING, reasons.DATA_INVALID, reasons.SPEC_INVALID),
            "the data does not exist, cannot be read, or does not fit the question",
            "Fix the column or file that the message names.",
        ),
        Explanation(
            (reasons.LOCAL_ADDRESS,),
            "the data's or the store's address is `file:`, which a cluster cannot read",
            "Run `automl apply -f x.yaml --data FILE`, or name a store that the cluster can reach.",
        ),
        Explanation(
            (reasons.NAME_TAKEN,),
            "an object with a name that the experiment needs belongs to somebody else",
            "Remove that object, or apply the experiment under another name.",
        ),
        Explanation(
            (reasons.FORBIDDEN, reasons.INVALID),
            "the API server refuses an object that the experiment needs, and there is nothing to build a model from",
            "Do what the message asks for.",
            foreign=True,
            others="and other reasons of the API server",
        ),
        Explanation(
            (reasons.REFUSED,),
            "the same, where the API server gives no reason",
            "Do what the message asks for.",
        ),
        Explanation(
            (reasons.NO_SUCH_POOL,),
            "`spec.pools` names a pool that the platform does not have",
            "Name pools from the list in the message.",
        ),
        Explanation(
            (reasons.NOT_STARTED, reasons.SERVICE_ACCOUNT_MISSING, reasons.NAMESPACE_TERMINATING),
            "no pool had a runner within its `scaleUpTimeout`, and no data is prepared; the reason is RunnersReady's",
            "See RunnersReady, then apply the experiment anew.",
        ),
        Explanation(
            ("Unschedulable", reasons.FAILED_MOUNT, reasons.FAILED_CREATE, reasons.IMAGE_PULL_BACK_OFF),
            "the same, as Kubernetes reports it",
            "See RunnersReady, then apply the experiment anew.",
            foreign=True,
            others="and the other reasons of RunnersReady",
        ),
        Explanation(
            (reasons.CREDENTIALS_MISSING,),
            "a key of the Secret is empty",
            "Give the Secret its values.",
        ),
        Explanation(
            (reasons.CREDENTIALS_REFUSED,),
            "the server of the store, or of the data, refuses the credentials",
            "Fix the Secret's values, or the bucket's policy.",
        ),
        Explanation(
            (reasons.STORE_MISSING, reasons.STORE_REFUSED, reasons.STORE_UNAVAILABLE),
            "the bucket or claim does not exist, refuses access, or did not answer in four attempts",
            "Fix the store, or its address.",
        ),
        Explanation(
            (reasons.DATA_REFUSED, reasons.DATA_UNAVAILABLE),
            "the same, for the bucket of the data",
            "Fix the bucket, or `spec.data`.",
        ),
        Explanation(
            (reasons.FOREIGN_MANIFEST,),
            "the store has files of another experiment under the same prefix",
            "Name another prefix.",
        ),
        Explanation(
            (reasons.POD_REFUSED,),
            "Pod Security, a LimitRange or a webhook refuses the runner's pod",
            "Change the pool, or what refuses the pod; the message says why.",
        ),
        Explanation(
            (reasons.OTHER_VERSION,),
            "another version of the program has prepared the data; its plan and store cannot be read",
            "Apply the experiment again, under another name.",
        ),
        Explanation(
            (reasons.RUNNERS_FAILED,),
            "runners end before they have done any work",
            "Read `kubectl logs` of the runner's pod; check that image and operator have the same version.",
        ),
        Explanation(
            (reasons.TRIALS_FAILED,),
            "the first trials, of several learners, ended in errors, and none succeeded",
            "Correct the last error, which is in the message; usually the data is its cause.",
        ),
        Explanation(
            (reasons.INFRASTRUCTURE_FAILED,),
            "runners are lost again and again",
            "Look at the nodes, and at the message.",
        ),
        Explanation(
            (reasons.NOTHING_FINISHED,),
            "the budget ended, or the experiment was stopped, before a single fold was finished",
            "Give more time, or smaller data.",
        ),
        Explanation(
            (reasons.SEARCH_FAILED,),
            "the search has failed three times after the same trials",
            "Report it, with the operator's log.",
        ),
        Explanation(
            (reasons.PLAN_REFUSED,),
            "the plan that prepare made from the data cannot be searched; the message says why",
            "Check that image and operator have the same version, and that no other image's runner prepared the data.",
        ),
        Explanation(
            (reasons.MODEL_REFUSED,),
            "the result of finalize is not the model that was requested",
            "Check that image and operator have the same version, and that no other image's runner built the model.",
        ),
    ),
)  # fmt: skip
