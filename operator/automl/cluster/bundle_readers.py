"""Read a published model's files from its bucket or its volume claim."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final

from automl.cluster import object_store
from automl.cluster.api import Cluster
from automl.cluster.object_store import BucketEndpoint
from automl.cluster.pod_life import WaitPolicy, transfer_pod
from automl.cluster.programs import ProgramOutput, fetch, send_command
from automl.cluster.transfer_pod import MOUNT, Transfer, choose_image
from automl.errors import UserError
from automl_api.kinds import EXPERIMENTS
from automl_api.resources import PublishedModel
from automl_api.schemes import Scheme
from automl_api.uris import Uri, parse_uri

Reader = Callable[[str], Iterator[bytes]]
"""A file's bytes by its path in the bundle."""


@dataclass(frozen=True)
class Source:
    """The user's options for reaching a bundle."""

    bucket: BucketEndpoint
    image: str | None
    pull_secret: str | None = None


@dataclass(frozen=True)
class _Bundle:
    """A bundle, and what is needed to read it. `say` gets a text about each wait."""

    cluster: Cluster
    model: PublishedModel
    uri: Uri
    source: Source
    say: Callable[[str], None]


def open_bundle(
    cluster: Cluster, model: PublishedModel, source: Source, say: Callable[[str], None]
) -> AbstractContextManager[Reader]:
    """A reader of a model's files. Raises UserError where this machine cannot reach the bundle."""
    uri = parse_uri(model.spec.uri)
    if uri.scheme not in READERS:
        raise UserError(
            f"{model.metadata.name} is in {model.spec.uri}, on the machine where it was trained; copy it from there"
        )
    return READERS[uri.scheme](_Bundle(cluster, model, uri, source, say))


@contextmanager
def _from_bucket(bundle: _Bundle) -> Iterator[Reader]:
    uri, options, spec = bundle.uri, bundle.source.bucket, bundle.model.spec
    bucket = BucketEndpoint(options.endpoint or spec.endpoint, options.region or spec.region)
    yield lambda name: object_store.read(bucket, Uri(uri.scheme, uri.authority, f"{uri.path.rstrip('/')}/{name}"))


@contextmanager
def _from_claim(bundle: _Bundle) -> Iterator[Reader]:
    """Read through a pod that mounts the claim."""
    cluster = bundle.cluster
    with transfer_pod(cluster, _transfer(bundle), WaitPolicy(time.monotonic, time.sleep, bundle.say)) as pod:
        channel = cluster.run(pod, send_command(f"{MOUNT}/{bundle.uri.path}"))
        answers = ProgramOutput(channel)
        try:
            yield lambda name: fetch(channel, answers, name)
        finally:
            channel.close()


def _transfer(bundle: _Bundle) -> Transfer:
    cluster, model = bundle.cluster, bundle.model
    experiment = cluster.get(EXPERIMENTS, model.spec.experiment) if model.spec.experiment else None
    known = [experiment] if experiment else cluster.list(EXPERIMENTS)
    return Transfer(
        pod=f"{model.metadata.name}-download-{secrets.token_hex(4)}",
        claim=bundle.uri.authority,
        image=choose_image(bundle.source.image, known),
        experiment=model.spec.experiment,
        read_only=True,
        service_account=experiment["spec"].get("serviceAccountName", "default") if experiment else "default",
        pull_secret=bundle.source.pull_secret,
    )


READERS: Final[Mapping[Scheme, Callable[[_Bundle], AbstractContextManager[Reader]]]] = {
    "s3": _from_bucket,
    "pvc": _from_claim,
}
"""The reader of bundles for each scheme that a cluster can reach."""
