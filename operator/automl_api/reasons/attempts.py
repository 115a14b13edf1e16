"""The reasons of failed attempts: at a trial, at preparing the data, at building the model. Each has its class."""

from typing import Final

from automl_api import reasons
from automl_api.reasons.explanation import Explanation, Place
from automl_api.resources.trial import FailureClass

_INFRASTRUCTURE: Final[FailureClass] = "infrastructure"
_RESOURCES: Final[FailureClass] = "resources"
_CONFIGURATION: Final[FailureClass] = "configuration"
_PROGRAM: Final[FailureClass] = "program"
_FREE: Final = "No action is needed: another attempt follows (at most ten for a trial), and counts as no new trial."
_DOES_NOT_WORK: Final = (
    "No action is needed: the trial is Infeasible, and the search learns to avoid its configuration."
)
_RUNNER_BROKEN: Final = "Read `kubectl logs` of the runner's pod; check that image and operator have the same version."
_MORE_MEMORY: Final = (
    "Add a pool with more memory: a trial is tried once more there, then it is Infeasible; preparing or building is tried"
    " three times more, then the experiment fails."
)

ATTEMPT = Place(
    "Attempt",
    (
        Explanation(
            (reasons.RUNNER_GONE, reasons.POD_DELETED, reasons.JOB_DELETED, reasons.NODE_LOST, reasons.POD_FAILED,
             reasons.DISRUPTED),
            "the pod or its node is gone",
            _FREE,
            _INFRASTRUCTURE,
        ),
        Explanation(
            (reasons.CONTAINER_STATUS_UNKNOWN, "PreemptionByScheduler", "DeletionByTaintManager", "EvictionByEvictionAPI",
             "DeletionByPodGC", "TerminationByKubelet", "NodeAffinity", "UnexpectedAdmissionError"),
            "the same, as Kubernetes reports it",
            _FREE,
            _INFRASTRUCTURE,
            foreign=True,
            others="and others of a pod's status",
        ),
        Explanation(
            (reasons.RUNNER_SILENT, reasons.NOT_ENDED, reasons.RUNNER_LEFT),
            "the runner sent nothing for 30 s, did not end work when told to, or left with unfinished work",
            _FREE,
            _INFRASTRUCTURE,
        ),
        Explanation(
            (reasons.TERMINATED, reasons.KILLED, reasons.BROKER_LOST, reasons.PARENT_LOST),
            "the runner was ended by a signal, or found no operator for `brokerTimeout`",
            _FREE,
            _INFRASTRUCTURE,
        ),
        Explanation(
            (reasons.KILLED, reasons.ZYGOTE_LOST, reasons.CANNOT_START),
            "the trial's own process was killed or could not be started, while its runner lives on",
            "Look at the runner if it happens again; the trial may be the cause, so it has three attempts in all.",
            _INFRASTRUCTURE,
        ),
        Explanation(
            (reasons.STORE_UNAVAILABLE, reasons.DATA_UNAVAILABLE),
            "the store or the bucket of the data does not answer",
            "Look at the store: another attempt follows.",
            _INFRASTRUCTURE,
        ),
        Explanation((reasons.OUT_OF_MEMORY,), "it needed more memory than the runner has", _MORE_MEMORY, _RESOURCES),
        Explanation(
            (reasons.OOM_KILLED,),
            "the kernel killed the whole runner, which used more memory than its limit",
            _MORE_MEMORY,
            _RESOURCES,
            foreign=True,
        ),
        Explanation(
            (reasons.DISK_FULL,),
            "there was no room for temporary files",
            "Request ephemeral storage in the pool's resources; the work is tried again as often as for OutOfMemory.",
            _RESOURCES,
        ),
        Explanation(
            (reasons.EVICTED,),
            "the pod took more of the node's disk or memory than it may",
            "Request ephemeral storage in the pool's resources; the work is tried again as often as for OutOfMemory.",
            _RESOURCES,
            foreign=True,
        ),
        Explanation(
            (reasons.STORE_FULL,),
            "the store is full; the trial is paused, and no finished work is lost",
            "Make room: see StoreReady.",
            _RESOURCES,
        ),
        Explanation(
            (reasons.REFUSED, reasons.NOT_FINITE, reasons.UNDEFINED_SCORE),
            "the learner refuses the parameters, predicts values that are not finite, or has no score on a fold",
            _DOES_NOT_WORK,
            _CONFIGURATION,
        ),
        Explanation(
            (reasons.DIVERGED,),
            "the model of a refit is far worse on its own training rows than the models of the folds",
            "No action is needed: the refit is given up; for the best trial the models of its folds are published.",
            _CONFIGURATION,
        ),
        Explanation(
            (reasons.CRASHED,),
            "the process of the work crashed",
            "Report it if it happens often. The trial is Infeasible; in preparing or building, the experiment fails.",
            _CONFIGURATION,
        ),
        Explanation(
            (reasons.TIMEOUT,),
            "the work took too long",
            "Give more `budget.time`: a trial is Infeasible; preparing or building is tried once more, then fails.",
            _CONFIGURATION,
        ),
        Explanation(
            (reasons.TRACEBACK, reasons.NOTHING_HANDED_IN, reasons.RESULT_REFUSED),
            "the program or the learner has a bug; the message has the last lines of the traceback",
            "Report it: the trial has failed.",
            _PROGRAM,
        ),
        Explanation(
            (reasons.SPEC_INVALID, reasons.DATA_MISSING, reasons.DATA_INVALID, reasons.DATA_REFUSED, reasons.STORE_MISSING,
             reasons.STORE_REFUSED, reasons.CREDENTIALS_MISSING, reasons.CREDENTIALS_REFUSED, reasons.FOREIGN_MANIFEST,
             reasons.NOTHING_FINISHED, reasons.PLAN_REFUSED, reasons.MODEL_REFUSED),
            "the spec, the data or the store is invalid",
            "See Failed.",
            _PROGRAM,
        ),
        Explanation(
            (reasons.WRONG_ENVIRONMENT, reasons.PROTOCOL_REFUSED, reasons.RUNNER_CRASHED, reasons.POD_REFUSED),
            "the runner itself does not work, or its pod is refused",
            _RUNNER_BROKEN,
            _PROGRAM,
        ),
        Explanation(
            (reasons.START_ERROR, reasons.CONTAINER_CANNOT_RUN),
            "the same, as Kubernetes reports it",
            _RUNNER_BROKEN,
            _PROGRAM,
            foreign=True,
        ),
    ),
)  # fmt: skip
