"""A file of this machine, brought to where the experiment's runners read it; what is there already is not sent again."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from automl.cluster import object_store
from automl.cluster.api import Cluster
from automl.cluster.object_store import BucketEndpoint
from automl.cluster.pod_life import WaitPolicy, transfer_pod
from automl.cluster.programs import receive_command, upload
from automl.cluster.store_claim import ensure_claim, store_claim
from automl.cluster.transfer_pod import MOUNT, Transfer, choose_image
from automl.cluster.upload_plan import UploadPlan, plan_upload
from automl.errors import UserError
from automl.formatting import memory_text
from automl_api.kinds import EXPERIMENTS
from automl_api.resources import Experiment


@dataclass(frozen=True)
class Upload:
    """A file and where it goes."""

    file: Path
    size: int
    digest: str
    plan: UploadPlan


@dataclass(frozen=True)
class UploadOptions:
    """What the user said of how to bring it there."""

    claim_size: str
    image: str | None
    pull_secret: str | None = None


def prepare_upload(experiment: Experiment, namespace: str, file: Path) -> Upload:
    """What is to be sent; nothing has been yet. Raises UserError."""
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from error
    return Upload(file, size, digest, plan_upload(experiment, namespace, digest, file.name))


def send(cluster: Cluster, experiment: Experiment, sending: Upload, options: UploadOptions, wait: WaitPolicy) -> bool:
    """Bring the file there. Returns whether it was not there before. Raises UserError."""

    def sent(done: int) -> None:
        share = 100 * done // max(sending.size, 1)
        wait.say(f"uploading {sending.file.name}: {share} % of {memory_text(sending.size)}")

    with sending.file.open("rb") as stream:
        if sending.plan.target.scheme == "s3":
            bucket = BucketEndpoint(experiment.spec.store.endpoint, experiment.spec.store.region)
            return object_store.upload(bucket, stream, sending.size, sending.plan.target, sent)
        if sending.plan.makes_claim:
            body = store_claim(experiment.metadata.name, sending.plan.target.authority, options.claim_size)
            ensure_claim(cluster, body, wait)
        return _through_a_pod(cluster, experiment, sending, options, wait, stream, sent)


def _through_a_pod(
    cluster: Cluster,
    experiment: Experiment,
    sending: Upload,
    options: UploadOptions,
    wait: WaitPolicy,
    stream: BinaryIO,
    sent: Callable[[int], None],
) -> bool:
    token = secrets.token_hex(4)
    transfer = Transfer(
        pod=f"{experiment.metadata.name}-upload-{token}",
        claim=sending.plan.target.authority,
        image=choose_image(options.image, cluster.list(EXPERIMENTS)),
        experiment=experiment.metadata.name,
        read_only=False,
        size=sending.size,
        service_account=experiment.spec.service_account_name,
        pull_secret=options.pull_secret,
    )
    place = PurePosixPath(MOUNT, sending.plan.target.path)
    command = receive_command(str(place.parent), place.name, sending.size, sending.digest, token)
    with transfer_pod(cluster, transfer, wait) as pod:
        channel = cluster.run(pod, command)
        try:
            return upload(channel, stream, sending.size, sent)
        finally:
            channel.close()
