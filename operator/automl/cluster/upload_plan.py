"""The destination of a file given with --data. Pure functions: an experiment and a digest in, an address out."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from automl.errors import UserError
from automl_api.resources import Experiment
from automl_api.schemes import CLUSTER_STORE_PREFIXES
from automl_api.uris import Uri, parse_uri

DIGITS = 12
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class UploadPlan:
    """`target` becomes data.uri; `makes_claim` is true where its claim has to be created."""

    target: Uri
    makes_claim: bool = False


def plan_upload(experiment: Experiment, namespace: str, digest: str, file_name: str) -> UploadPlan:
    """The address below the experiment's store, or else below a claim that the experiment will adopt as its store.

    Namespaces may share a bucket, so the namespace is part of the path there. `digest` is sha256 in hex.
    Raises UserError for a store that a cluster cannot reach.
    """
    place = f"data/{digest[:DIGITS]}/{_PLAIN.sub('-', file_name).lstrip('.-') or 'data'}"
    store = experiment.spec.store.uri
    if store is None:
        return UploadPlan(Uri("pvc", f"{experiment.metadata.name}-store", place), makes_claim=True)
    uri = parse_uri(store)
    if not uri.descriptor.on_cluster:
        raise UserError(
            f'spec.store.uri: "{store}" is a place on one machine; write {CLUSTER_STORE_PREFIXES}, or leave it out'
        )
    below = PurePosixPath(uri.path.strip("/"), namespace if uri.descriptor.access == "remote" else "", place)
    return UploadPlan(Uri(uri.scheme, uri.authority, str(below)))
