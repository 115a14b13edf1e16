"""`automl apply`: check an experiment's file, upload its data, and create the experiment on the cluster."""

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import getitem
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
from automl.spec_builder import named_columns, read_experiment, scored_columns
from automl_api.kinds import EXPERIMENTS
from automl_api.resources import Experiment
from automl_api.uris import file_uri, parse_uri

_OPTIONS = {"data": "data.uri", "test": "evaluation.test.uri"}
"""The field of the spec that the address of each option's file becomes."""


@dataclass(frozen=True)
class Application:
    """The user's options."""

    manifest: Path
    data: Path | None
    options: UploadOptions
    test: Path | None = None


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
    """The experiment of a file; --data and --test take the place of its addresses. Raises UserError."""
    for file in filter(None, (given.data, given.test)):
        check_file(file, str(file))
    experiment = read_experiment(
        given.manifest, *(file_uri(str(file.absolute())) if file else "" for file in _files(given))
    )
    spec = experiment.spec
    columns = (named_columns(spec), scored_columns(spec))
    for option, local, named, wanted in zip(_OPTIONS, _files(given), spec.files, columns, strict=False):
        if local is not None:
            check_columns(local, str(local), wanted)
        else:
            _check_readable(given, option, named.uri)
    return experiment


def _files(given: Application) -> tuple[Path | None, Path | None]:
    return given.data, given.test


def _check_readable(given: Application, option: str, address: str) -> None:
    uri = parse_uri(address)
    if not uri.descriptor.on_cluster:
        raise UserError(
            f'{given.manifest}: spec.{_OPTIONS[option]}: "{address}" is a file of this machine, which no cluster can'
            f" read; upload it: {command_name()} apply -f {given.manifest} --{option} {uri.path}"
        )


def namespace_of(manifest: Path, experiment: Experiment, given: str | None) -> str | None:
    """The namespace of the option or the file; None where neither names one. Raises UserError where they differ."""
    written = experiment.metadata.namespace if "namespace" in experiment.metadata.model_fields_set else None
    if given and written and given != written:
        raise UserError(f'-n {given}: {manifest} says "{written}" in metadata.namespace; remove one of the two')
    return given or written


def apply(cluster: Cluster, experiment: Experiment, given: Application, display: Display) -> None:
    """Create or change an experiment on a cluster, and print the outcome. Raises UserError."""
    sending = {}
    for option, file in zip(_OPTIONS, _files(given), strict=True):
        if file is not None:
            display.status(f"reading {file}")
            sending[option] = prepare_upload(experiment, cluster.place.namespace, file)
    body = manifest(experiment, {option: str(upload.plan.target) for option, upload in sending.items()})
    before = cluster.get(EXPERIMENTS, experiment.metadata.name)
    cluster.apply(EXPERIMENTS, body, dry_run=True)
    for upload in sending.values():
        _upload(cluster, experiment, upload, given.options, display)
    after = cluster.apply(EXPERIMENTS, body)
    name, place = experiment.metadata.name, cluster.place
    display.line(f"{name} {_outcome(before, after)} in namespace {place.namespace} of context {place.context}")
    display.line(f"follow it with: {command_name()} wait {name}{place.flags}")


def manifest(experiment: Experiment, addresses: Mapping[str, str]) -> Object:
    """The object to apply: only the fields that the file sets, so that others may own the rest.

    addresses: those of uploaded files, by the option that named the file: data, test.
    """
    written: dict[str, Any] = experiment.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
    kept = {key: value for key, value in written["metadata"].items() if key in ("name", "labels", "annotations")}
    for option, address in addresses.items():
        *parents, last = _OPTIONS[option].split(".")
        reduce(getitem, parents, written["spec"])[last] = address
    return {
        "apiVersion": experiment.api_version, "kind": experiment.kind, "metadata": kept, "spec": written["spec"],
    }  # fmt: skip


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
