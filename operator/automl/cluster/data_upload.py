"""Upload a file of this machine to the experiment's store. A file that is there already is not sent again."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from automl.cluster import object_store
from automl.cluster.api import Cluster
from automl.cluster.object_store import BucketEndpoint
from automl.cluster.pod_life import WaitPolicy, transfer_pod
from automl.cluster.programs import receive_command, upload
from automl.cluster.store_claim import claim_to_adopt, ensure_claim
from automl.cluster.transfer_pod import MOUNT, Transfer, choose_image
from automl.cluster.upload_plan import UploadPlan, plan_upload
from automl.errors import UserError
from automl.formatting import memory_text
from automl_api.kinds import EXPERIMENTS
from automl_api.resources import Experiment
from automl_api.schemes import Scheme


@dataclass(frozen=True)
class Upload:
    """A file and its destination."""

    file: Path
    size: int
    digest: str
    plan: UploadPlan


@dataclass(frozen=True)
class UploadOptions:
    """The user's options for an upload."""

    claim_size: str
    image: str | None
    pull_secret: str | None = None


def prepare_upload(experiment: Experiment, namespace: str, file: Path) -> Upload:
    """Plan an upload without sending anything. Raises UserError."""
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from error
    return Upload(file, size, digest, plan_upload(experiment, namespace, digest, file.name))


@dataclass(frozen=True)
class _Delivery:
    """An upload, and what is needed to carry it out."""

    cluster: Cluster
    experiment: Experiment
    sending: Upload
    options: UploadOptions
    wait: WaitPolicy


def send(cluster: Cluster, experiment: Experiment, sending: Upload, options: UploadOptions, wait: WaitPolicy) -> bool:
    """Upload the file. Returns False where it was there already. Raises UserError."""

    def sent(done: int) -> None:
        share = 100 * done // max(sending.size, 1)
        wait.say(f"uploading {sending.file.name}: {share} % of {memory_text(sending.size)}")

    with sending.file.open("rb") as stream:
        deliver = UPLOADS[sending.plan.target.scheme]
        return deliver(_Delivery(cluster, experiment, sending, options, wait), stream, sent)


def _to_bucket(delivery: _Delivery, stream: BinaryIO, sent: Callable[[int], None]) -> bool:
    store, sending = delivery.experiment.spec.store, delivery.sending
    bucket = BucketEndpoint(store.endpoint, store.region)
    return object_store.upload(bucket, stream, sending.size, sending.plan.target, sent)


def _to_claim(delivery: _Delivery, stream: BinaryIO, sent: Callable[[int], None]) -> bool:
    """Upload through a pod that mounts the claim."""
    cluster, sending = delivery.cluster, delivery.sending
    if sending.plan.makes_claim:
        name, claim = delivery.experiment.metadata.name, sending.plan.target.authority
        ensure_claim(cluster, claim_to_adopt(name, claim, delivery.options.claim_size), delivery.wait)
    token = secrets.token_hex(4)
    place = PurePosixPath(MOUNT, sending.plan.target.path)
    command = receive_command(str(place.parent), place.name, sending.size, sending.digest, token)
    with transfer_pod(cluster, _transfer(delivery, token), delivery.wait) as pod:
        channel = cluster.run(pod, command)
        try:
            return upload(channel, stream, sending.size, sent)
        finally:
            channel.close()


def _transfer(delivery: _Delivery, token: str) -> Transfer:
    experiment = delivery.experiment
    return Transfer(
        pod=f"{experiment.metadata.name}-upload-{token}",
        claim=delivery.sending.plan.target.authority,
        image=choose_image(delivery.options.image, delivery.cluster.list(EXPERIMENTS)),
        experiment=experiment.metadata.name,
        read_only=False,
        size=delivery.sending.size,
        service_account=experiment.spec.service_account_name,
        pull_secret=delivery.options.pull_secret,
    )


UPLOADS: Final[Mapping[Scheme, Callable[[_Delivery, BinaryIO, Callable[[int], None]], bool]]] = {
    "s3": _to_bucket,
    "pvc": _to_claim,
}
"""The upload for each scheme that a cluster can reach."""
