"""The reasons of the conditions that show what an experiment waits for."""

from automl_api import condition_types, reasons
from automl_api.reasons.explanation import Explanation, Place

_ENDED = Explanation(
    (reasons.EXPERIMENT_ENDED,),
    "True: the experiment has ended and waits for nothing",
    "No action is needed.",
)

LEARNERS_READY = Place(
    condition_types.LEARNERS_READY,
    (
        Explanation(
            (reasons.LEFT_OUT,),
            "some learners are not tried; the message has the reason for each: more of its trials end in errors than"
            " finish a fold, no pool has its accelerator, no image has its library, or the suitable pools get no node",
            "Give a pool what the learner needs, or leave the learner out of the experiment.",
        ),
        Explanation((reasons.ALL_READY,), "True: no learner is left out any more", "No action is needed."),
    ),
)
STORE_READY = Place(
    condition_types.STORE_READY,
    (
        Explanation(
            (reasons.CREDENTIALS_MISSING,),
            "the named Secret, or a key of it, does not exist",
            "Run the command in the message.",
        ),
        Explanation(
            (reasons.STORE_PENDING,),
            "the claim has had no volume for 60 s",
            "Read `kubectl describe pvc EXPERIMENT-store`; name a StorageClass (`claim.storageClassName`) or a bucket.",
        ),
        Explanation(
            (reasons.STORE_NOT_SHARED,),
            "the claim can be mounted on one node only, and there is more than one pool",
            "Name one pool in `spec.pools`, or a bucket as the store.",
        ),
        Explanation(
            (reasons.CLAIM_MISSING,), "a `pvc://` address names a claim that does not exist", "Create the claim."
        ),
        Explanation(
            (reasons.STORE_FULL,),
            "the store is full; the experiment is Suspended, and the operator tries again every 5 minutes",
            "Make room, or enlarge the claim.",
        ),
        Explanation((reasons.STORE_AVAILABLE,), "True: no problem with the store is known", "No action is needed."),
    ),
)
RUNNERS_READY = Place(
    condition_types.RUNNERS_READY,
    (
        Explanation(
            ("Unschedulable",),
            "no node fits",
            "Compare the pool's nodeSelector, tolerations and resources with the nodes, or wait for the autoscaler.",
            foreign=True,
            others="and other reasons of the scheduler",
        ),
        Explanation(
            (reasons.QUOTA_EXCEEDED,),
            "the namespace's ResourceQuota is used up; the work goes on when there is room",
            "Raise the quota, or lower `parallelism`.",
        ),
        Explanation(
            (reasons.IMAGE_PULL_BACK_OFF,),
            "the image cannot be pulled",
            "Fix the pool's image, or `imagePullSecrets` in the experiment's namespace.",
            foreign=True,
        ),
        Explanation(
            (reasons.ERR_IMAGE_NEVER_PULL, reasons.INVALID_IMAGE_NAME, "ImageInspectError"),
            "the image's name or pull policy is wrong",
            "Fix `runner.image`, or the pool's `image`.",
            foreign=True,
        ),
        Explanation(
            (reasons.CREATE_CONTAINER_CONFIG_ERROR, "CreateContainerError", reasons.RUN_CONTAINER_ERROR),
            "the container cannot be made; the message says why",
            "Fix what the message names; often it is a user id: `runner.runAsUser`.",
            foreign=True,
            others="and other reasons of the kubelet",
        ),
        Explanation(
            (reasons.FAILED_MOUNT,),
            "a volume cannot be mounted; the message says why",
            "Fix the claim or the Secret; see StoreReady.",
            foreign=True,
        ),
        Explanation((reasons.SERVICE_ACCOUNT_MISSING,), "`spec.serviceAccountName` does not exist", "Create it."),
        Explanation(
            (reasons.FAILED_CREATE,),
            "the Job controller cannot create the pod just now",
            "Wait, because the controller tries again; the message says why.",
            foreign=True,
        ),
        Explanation(
            (reasons.NAMESPACE_TERMINATING,),
            "the namespace is being deleted",
            "Apply the experiment in another namespace.",
        ),
        Explanation(
            (reasons.POD_REFUSED,),
            "Pod Security, a LimitRange or a webhook refuses the runner's pod; the message says why",
            "Change the pool, or the rule that refuses the pod; another pod is tried every 2 minutes.",
        ),
        Explanation(
            (reasons.FORBIDDEN, reasons.INVALID),
            "the API server refuses the runner's Job; the message says why",
            "Change the rule that refuses the Job; the Job is tried again at least every 30 s.",
            foreign=True,
            others="and other reasons of the API server",
        ),
        Explanation(
            (reasons.NAME_TAKEN,),
            "a Job with the runner's name belongs to somebody else",
            "Remove that Job.",
        ),
        Explanation(
            (reasons.RIGHT_MISSING,),
            "the operator may not create Jobs in this namespace",
            "Check with `kubectl auth can-i`; see Scopes.",
        ),
        Explanation(
            (reasons.NO_SUCH_POOL,),
            "the platform has none of the experiment's pools any more",
            "Add one of them again; then the work goes on, and no finished work is lost.",
        ),
        Explanation(
            (reasons.NOT_STARTED,),
            "a runner is pending for longer than `scaleUpTimeout` for no known reason, or the API server does not accept its"
            " Job now",
            "Read the message, and `kubectl describe pod`.",
        ),
        Explanation((reasons.NO_PENDING_RUNNERS,), "True: no runner waits to start", "No action is needed."),
        _ENDED,
    ),
)
OBJECTS_READY = Place(
    condition_types.OBJECTS_READY,
    (
        Explanation(
            (reasons.QUOTA_EXCEEDED,),
            "the namespace's ResourceQuota is used up, for example `count/automltrials.automl-operator.dev`",
            "Raise the quota, or delete old experiments; their trials are deleted with them.",
        ),
        Explanation(
            (reasons.FORBIDDEN, reasons.INVALID),
            "a policy, a webhook or definitions of another version refuse the object; if there is no trial to build a"
            " model from, the experiment fails with this reason",
            "Change the rule that refuses the object; the message names it.",
            foreign=True,
            others="and other reasons of the API server",
        ),
        Explanation((reasons.NAME_TAKEN,), "an object of that name belongs to somebody else", "Remove that object."),
        Explanation(
            (reasons.RIGHT_MISSING,), "the operator lacks a right", "Check with `kubectl auth can-i`; see Scopes."
        ),
        Explanation(
            (reasons.NOT_STORED,),
            "the API server does not accept the object now; the message says why",
            "Wait, or look at the API server.",
        ),
        Explanation((reasons.ALL_STORED,), "True: every object can be stored", "No action is needed."),
        _ENDED,
    ),
)
