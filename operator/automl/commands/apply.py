"""`automl apply`: check an experiment's file, upload its data, and create the experiment on the cluster."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl.cluster.api import Cluster, Object
from automl.cluster.connection import connect
from automl.cluster.data_upload import Upload, UploadOptions, prepare_upload, send
from automl.cluster.pod_life import WaitPolicy
from automl.data_preview import check_columns, check_file
from automl.errors import UserError
from automl.invocation import command_name
from automl.progress_display import Display, display_for
from automl.spec_builder import named_columns, read_experiment
from automl_api.kinds import EXPERIMENTS
from automl_api.resources import Experiment
from automl_api.uris import file_uri, parse_uri


@dataclass(frozen=True)
class Application:
    """The user's options."""

    manifest: Path
    data: Path | None
    options: UploadOptions


def apply_command(given: Application, context: str | None, namespace: str | None) -> None:
    """Check, upload, apply. Raises UserError; nothing is sent before the API server has accepted the experiment."""
    experiment = experiment_of(given)
    cluster = connect(context, namespace_of(given.manifest, experiment, namespace))
    display = display_for(sys.stdout, time.monotonic)
    try:
        apply(cluster, experiment, given, display)
    finally:
        display.close()


def experiment_of(given: Application) -> Experiment:
    """The experiment of a file; --data takes the place of its data.uri. Raises UserError."""
    if given.data is None:
        experiment = read_experiment(given.manifest)
        uri = parse_uri(experiment.spec.data.uri)
        if not uri.descriptor.on_cluster:
            raise UserError(
                f'{given.manifest}: spec.data.uri: "{experiment.spec.data.uri}" is a file of this machine, which no '
                f"cluster can read; upload it: {command_name()} apply -f {given.manifest} --data {uri.path}"
            )
        return experiment
    check_file(given.data, str(given.data))
    experiment = read_experiment(given.manifest, data_uri=file_uri(str(given.data.absolute())))
    check_columns(given.data, str(given.data), named_columns(experiment.spec))
    return experiment


def namespace_of(manifest: Path, experiment: Experiment, given: str | None) -> str | None:
    """The namespace of the option or the file; None where neither names one. Raises UserError where they differ."""
    written = experiment.metadata.namespace if "namespace" in experiment.metadata.model_fields_set else None
    if given and written and given != written:
        raise UserError(f'-n {given}: {manifest} says "{written}" in metadata.namespace; remove one of the two')
    return given or written


def apply(cluster: Cluster, experiment: Experiment, given: Application, display: Display) -> None:
    """Create or change an experiment on a cluster, and print the outcome. Raises UserError."""
    sending = None
    if given.data is not None:
        display.status(f"reading {given.data}")
        sending = prepare_upload(experiment, cluster.place.namespace, given.data)
    body = manifest(experiment, str(sending.plan.target) if sending else experiment.spec.data.uri)
    before = cluster.get(EXPERIMENTS, experiment.metadata.name)
    cluster.apply(EXPERIMENTS, body, dry_run=True)
    if sending is not None:
        _upload(cluster, experiment, sending, given.options, display)
    after = cluster.apply(EXPERIMENTS, body)
    name, place = experiment.metadata.name, cluster.place
    display.line(f"{name} {_outcome(before, after)} in namespace {place.namespace} of context {place.context}")
    display.line(f"follow it with: {command_name()} wait {name}{place.flags}")


def manifest(experiment: Experiment, data_uri: str) -> Object:
    """The object to apply: only the fields that the file sets, so that others may own the rest."""
    written: dict[str, Any] = experiment.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    kept = {key: value for key, value in written["metadata"].items() if key in ("name", "labels", "annotations")}
    spec = {**written["spec"], "data": {**written["spec"]["data"], "uri": data_uri}}
    return {"apiVersion": experiment.api_version, "kind": experiment.kind, "metadata": kept, "spec": spec}


def _upload(
    cluster: Cluster, experiment: Experiment, sending: Upload, options: UploadOptions, display: Display
) -> None:
    wait = WaitPolicy(time.monotonic, time.sleep, display.status)
    new = send(cluster, experiment, sending, options, wait)
    display.line(f"{sending.file} {'is' if new else 'was already'} in {sending.plan.target}")


def _outcome(before: Object | None, after: Object) -> str:
    if before is None:
        return "created"
    same = before["metadata"].get("generation") == after["metadata"].get("generation")
    return "unchanged" if same else "configured"
