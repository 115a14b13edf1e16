"""`automl download`: copy a published model to a folder, and check every file by its digest."""

import hashlib
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from automl.cluster.api import Cluster
from automl.cluster.bundle_readers import Reader, Source, open_bundle
from automl.cluster.connection import connect
from automl.cluster.errors import NotFound
from automl.cluster.refusals import absent
from automl.cluster.stored import existing, read_object
from automl.errors import UserError
from automl.invocation import command_name
from automl.place import MANIFEST
from automl.progress_display import Display, display_for
from automl_api.kinds import MODELS
from automl_api.resources import Experiment, PublishedModel


def download_command(name: str, out: Path, source: Source, context: str | None, namespace: str | None) -> None:
    """Download a model by its name or its experiment's. Raises UserError."""
    cluster = connect(context, namespace)
    display = display_for(sys.stdout, time.monotonic)
    try:
        download(cluster, name, out, source, display)
    finally:
        display.close()


def download(cluster: Cluster, name: str, out: Path, source: Source, display: Display) -> None:
    """Copy a model's bundle to a new folder; a folder that has the model already is only checked."""
    model = find_model(cluster, name)
    if _digest_of(out) == model.spec.digest:
        _verify(out)
        display.line(f"{out} has {model.metadata.name} already")
        return
    _check_place(out)
    with open_bundle(cluster, model, source, display.status) as read:
        copy_bundle(read, model.spec.digest, out, lambda file: display.status(f"downloading {file}"))
    display.line(f"{model.metadata.name} is in {out}; predict with it: automl predict --model {out} --data FILE")


def find_model(cluster: Cluster, name: str) -> PublishedModel:
    """A model by its own name, or the one that an experiment has published. Raises ClusterError."""
    found = cluster.get(MODELS, name)
    if found is None:
        experiment = read_object(Experiment, existing(cluster, name))
        if not experiment.status.model:
            raise NotFound(_no_model(cluster, experiment))
        found = cluster.get(MODELS, experiment.status.model)
        if found is None:
            raise NotFound(absent(MODELS, experiment.status.model, cluster.place, ", it was deleted"))
    return read_object(PublishedModel, found)


def copy_bundle(read: Reader, digest: str, out: Path, say: Callable[[str], None]) -> None:
    """Copy the bundle whose manifest has this digest to a new folder: whole, or not at all. Raises UserError."""
    unfinished = out.absolute().with_name(f".{out.absolute().name}.{secrets.token_hex(4)}")
    try:
        unfinished.mkdir(parents=True)
        files = _copy_manifest(read, digest, unfinished)
        for name in files:
            say(name)
            _write(unfinished / name, read(name))
        _verify(unfinished)
        unfinished.rename(out.absolute())
    except OSError as error:
        raise UserError(
            f"{out} cannot be written ({error.strerror or error}); choose another folder with --out"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _copy_manifest(read: Reader, digest: str, folder: Path) -> list[str]:
    data = b"".join(read(MANIFEST))
    if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest:
        raise UserError(
            "the bundle in the store is not the one that was published: its manifest has changed; train again"
        )
    (folder / MANIFEST).write_bytes(data)
    names = list(json.loads(data)["files"])
    outside = [name for name in names if "\n" in name or not (folder / name).resolve().is_relative_to(folder.resolve())]
    if outside:
        raise UserError(
            f"the bundle's manifest names {outside[0]!r}, a path outside of the bundle; it is not downloaded"
        )
    return names


def _write(path: Path, chunks: Iterator[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _verify(folder: Path) -> None:
    from automl_model.files import ChangedFileError, verify_manifest

    try:
        verify_manifest(folder)
    except ChangedFileError as error:
        raise UserError(str(error)) from error


def _digest_of(folder: Path) -> str:
    manifest = folder / MANIFEST
    return f"sha256:{hashlib.sha256(manifest.read_bytes()).hexdigest()}" if manifest.is_file() else ""


def _check_place(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} exists already; choose a new folder with --out")


def _no_model(cluster: Cluster, experiment: Experiment) -> str:
    name, state = experiment.metadata.name, experiment.status.state
    if state == "Failed":
        return f"{name} failed and has published no model; {command_name()} wait {name}{cluster.place.flags} says why"
    return f"{name} is {state} and has published no model yet; {command_name()} wait {name}{cluster.place.flags}"
