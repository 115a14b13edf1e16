"""The reasons of the conditions that tell how far an experiment has come."""

from automl_api import reasons
from automl_api.reasons.explanation import Explanation, Place

COMPLETE = Place(
    "Complete",
    (
        Explanation(
            (reasons.MODEL_PUBLISHED,),
            "True: the model's name is in `status.model`",
            "Load the model, or download it with `automl download NAME`.",
        ),
        Explanation(
            ("Pending", "Preparing", "Searching", "Finalizing"),
            "the reason is the state; the message says what is going on",
            "Wait, or look at the other conditions where it takes long.",
        ),
        Explanation(
            ("Suspended",),
            "the work rests; nothing that is finished is lost",
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
    "Prepared",
    (
        Explanation(
            (reasons.PLAN_MADE,),
            "True: the data was read and checked, and the plan says what was found",
            "Read the plan's warnings with `kubectl describe amlplan`.",
        ),
    ),
)
SEARCHED = Place(
    "Searched",
    (
        Explanation(
            (reasons.TIME_SPENT,),
            "what is left of `budget.time` is needed to build the model",
            "Give a greater `budget.time`.",
        ),
        Explanation(
            (reasons.TRIALS_SPENT,),
            "`budget.trials` configurations were tried",
            "Give a greater `budget.trials`.",
        ),
        Explanation(
            (reasons.PATIENCE_SPENT,),
            "`budget.patience` trials in a row brought nothing better",
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
            "Apply another experiment to search on.",
        ),
        Explanation(
            (reasons.SEARCH_EXHAUSTED,),
            "there is nothing left to propose, for example after a whole grid",
            "Allow more learners or parameters.",
        ),
        Explanation(
            (reasons.FAILED_TRIALS_SPENT,),
            "`budget.failedTrials` trials failed; the message has the last failure",
            "Put its cause right.",
        ),
        Explanation(
            (reasons.NO_LEARNERS,),
            "every learner was left out; the message says why each",
            "See LearnersReady.",
        ),
        Explanation(
            (reasons.SEARCH_FAILED,),
            "the search itself is broken: a bug, which its message names, or a plan that takes more memory or time than a"
            " search may",
            "Report it.",
        ),
    ),
)
FAILED = Place(
    "Failed",
    (
        Explanation(
            (reasons.DATA_MISSING, reasons.DATA_INVALID, reasons.SPEC_INVALID),
            "there is no such data, it cannot be read, or the question does not fit it",
            "Mend the column or file that the message names.",
        ),
        Explanation(
            (reasons.LOCAL_ADDRESS,),
            "`file:` on a cluster",
            "Run `automl apply -f x.yaml --data FILE`.",
        ),
        Explanation(
            (reasons.NAME_TAKEN,),
            "an object of a name that the experiment needs belongs to somebody else",
            "Remove that object, or apply the experiment under another name.",
        ),
        Explanation(
            (reasons.FORBIDDEN, reasons.INVALID),
            "the API server will not have an object that the experiment needs, and there is nothing to make a model of",
            "Do what the message asks for.",
            foreign=True,
            others="and other words of the API server",
        ),
        Explanation(
            (reasons.REFUSED,),
            "likewise, where the API server has no word for it",
            "Do what the message asks for.",
        ),
        Explanation(
            (reasons.NO_SUCH_POOL,),
            "`spec.pools` names what the platform does not have",
            "Name pools of the list in the message.",
        ),
        Explanation(
            (reasons.NOT_STARTED, reasons.SERVICE_ACCOUNT_MISSING, reasons.NAMESPACE_TERMINATING),
            "no pool had a runner within its `scaleUpTimeout`, and no data is prepared; the reason is that of RunnersReady",
            "See RunnersReady, then apply the experiment anew.",
        ),
        Explanation(
            ("Unschedulable", reasons.FAILED_MOUNT, reasons.FAILED_CREATE, reasons.IMAGE_PULL_BACK_OFF),
            "likewise, in the words of Kubernetes",
            "See RunnersReady, then apply the experiment anew.",
            foreign=True,
            others="and the other words of RunnersReady",
        ),
        Explanation(
            (reasons.CREDENTIALS_MISSING,),
            "a key of the Secret is empty",
            "Give the Secret its values.",
        ),
        Explanation(
            (reasons.CREDENTIALS_REFUSED,),
            "the store or the data refuse the credentials",
            "Mend the Secret's values, or the bucket's policy.",
        ),
        Explanation(
            (reasons.STORE_MISSING, reasons.STORE_REFUSED, reasons.STORE_UNAVAILABLE),
            "there is no such bucket or claim, it refuses, or it has not answered four times",
            "Mend the store, or its address.",
        ),
        Explanation(
            (reasons.DATA_REFUSED, reasons.DATA_UNAVAILABLE),
            "likewise, of the bucket that the data are in",
            "Mend the bucket, or `spec.data`.",
        ),
        Explanation(
            (reasons.FOREIGN_MANIFEST,),
            "the store has another experiment's work at this place",
            "Name another prefix.",
        ),
        Explanation(
            (reasons.POD_REFUSED,),
            "the API server will not have the runner's pod: Pod Security, a LimitRange, a webhook",
            "Change the pool, or what refuses the pod: its words are in the message.",
        ),
        Explanation(
            (reasons.OTHER_VERSION,),
            "another version of the program has prepared the data; plans and stores of before are not read",
            "Apply the experiment again, under another name.",
        ),
        Explanation(
            (reasons.RUNNERS_FAILED,),
            "runners end without having done anything",
            "Read `kubectl logs` of the runner's pod, and check that image and operator are of one version.",
        ),
        Explanation(
            (reasons.TRIALS_FAILED,),
            "the first trials over several learners ended in errors, and none succeeded",
            "Put the last error right, which is in the message; mostly it is the data.",
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
            "the search has failed three times over the same trials",
            "Report it, with the operator's log.",
        ),
        Explanation(
            (reasons.PLAN_REFUSED,),
            "what prepare has made out of the data cannot be searched; the message says why",
            "Check that image and operator are of one version, and that no other image's runner prepared the data.",
        ),
        Explanation(
            (reasons.MODEL_REFUSED,),
            "what finalize handed in is not the model that was asked for",
            "Check that image and operator are of one version, and that no other image's runner built the model.",
        ),
    ),
)  # fmt: skip
