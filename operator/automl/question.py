"""From what the user says, on the command line, in Python or in a YAML file, to an Experiment."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from automl.errors import UserError
from automl.header import check_columns, check_file
from automl.words import did_you_mean
from automl_api.metrics import METRICS, TASKS
from automl_api.names import MAX_NAME_LENGTH
from automl_api.quantities import parse_duration
from automl_api.resources import Experiment, ExperimentSpec, ObjectMeta
from automl_api.rules import EXPERIMENT_RULES
from automl_api.uris import Uri, file_uri, parse_uri


@dataclass(frozen=True)
class Answers:
    """What a user may say about a run; None where nothing was said. `time` as in 2m or 1h30m."""

    data: str | None = None
    target: str | None = None
    time: str | None = None
    metric: str | None = None
    learners: Sequence[str] | None = None
    seed: int | None = None
    ignore: Sequence[str] = ()
    task: str | None = None
    trials: int | None = None
    positive_class: str | None = None


def experiment_from_answers(answers: Answers, cores: int) -> Experiment:
    """An experiment of the answers alone. Raises UserError."""
    if not answers.data:
        raise UserError("no data is named; say --data FILE, or -f EXPERIMENT.yaml")
    if not answers.target:
        raise UserError("no target is named; say with --target which column to predict")
    spec = _overridden({"parallelism": cores}, answers)
    return _obeying(Experiment(metadata=ObjectMeta(name=name_for(answers.data)), spec=_read(spec)))


def read_manifest(path: Path) -> Experiment:
    """The experiment of a YAML file. Raises UserError, with a line for each problem."""
    from automl_api.validation import InvalidManifest, load_experiment

    try:
        return load_experiment(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError as error:
        raise UserError(f'there is no file "{path}" (looked in {Path.cwd()})') from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is no text in UTF-8; give an experiment's YAML file") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}; give an experiment's YAML file") from error
    except InvalidManifest as error:
        raise UserError(str(error)) from error


def experiment_from_file(path: Path, answers: Answers, cores: int) -> Experiment:
    """The experiment of a YAML file, with what was answered beside it put over it. Raises UserError."""
    experiment = read_manifest(path)
    if answers.data:
        raise UserError(f"--data: {path} names its data already; leave out --data, or -f and say --target")
    if experiment.spec.suspend:
        raise UserError(f"{path}: spec.suspend is true, so that nothing would be done; take it out")
    spec = experiment.spec.to_dict()
    spec["data"]["uri"] = _beside(path, experiment.spec.data.uri)
    if "parallelism" not in experiment.spec.model_fields_set:
        spec["parallelism"] = cores
    return _obeying(experiment.replace(spec=_read(_overridden(spec, answers))))


def used_cores(asked: int | None, there: int) -> int:
    """How many of a machine's cores a run uses. Raises UserError for none, or for more than there are."""
    if asked is not None and not 1 <= asked <= there:
        raise UserError(f"--cores {asked}: this machine lends {there}; give 1 to {there}, or leave it out to use all")
    return there if asked is None else asked


def check_data(spec: ExperimentSpec) -> None:
    """Raise UserError where it is plain at a glance that the data is not there or lacks a named column."""
    uri = parse_uri(spec.data.uri)
    if uri.scheme != "file":
        return
    path = Path(uri.path)
    shown = os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
    check_file(path, shown)
    check_columns(path, shown, (spec.target, *spec.data.ignore_columns))


def name_for(data: str) -> str:
    """An experiment's name for a data file: its own name, as far as names allow."""
    stem = Path(data.rpartition(":")[2]).name.partition(".")[0]
    plain = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
    named = plain if plain[:1].isalpha() else f"data-{plain}"
    return named[:MAX_NAME_LENGTH].strip("-")


def data_uri(data: str) -> str:
    """The address of what --data names: an address as it is, a path made absolute. Raises UserError."""
    if re.match(r"^([a-z][a-z0-9+.-]*://|example:|file:)", data):
        try:
            uri = parse_uri(data)
        except ValueError as error:
            raise UserError(str(error)) from error
        return _absolute(uri, Path.cwd()) if uri.scheme == "file" else str(uri)
    return file_uri(str(Path(data).expanduser().absolute()))


def _beside(manifest: Path, uri: str) -> str:
    parsed = parse_uri(uri)
    return _absolute(parsed, manifest.absolute().parent) if parsed.scheme == "file" else uri


def _absolute(uri: Uri, base: Path) -> str:
    return file_uri(os.path.normpath(base / uri.path))


def _overridden(spec: dict[str, Any], answers: Answers) -> dict[str, Any]:
    _check(answers)
    given = {
        ("data", "uri"): data_uri(answers.data) if answers.data else None,
        ("data", "ignoreColumns"): list(answers.ignore) or None,
        ("target",): answers.target,
        ("positiveClass",): answers.positive_class,
        ("task",): answers.task,
        ("objective", "metric"): answers.metric,
        ("budget", "time"): answers.time,
        ("budget", "trials"): answers.trials,
        ("search", "seed"): answers.seed,
        ("learners", "include"): None if answers.learners is None else list(answers.learners),
    }
    for path, value in given.items():
        if value is not None:
            *parents, field = path
            inner = spec
            for parent in parents:
                inner = inner.setdefault(parent, {})
            inner[field] = value
    return spec


def _check(answers: Answers) -> None:
    if answers.time is not None:
        try:
            parse_duration(answers.time)
        except ValueError as error:
            raise UserError(f"--time: {error}") from error
    if answers.metric not in (None, "auto") and answers.metric not in METRICS:
        hint = did_you_mean(answers.metric or "", METRICS) or f" The metrics are {', '.join(METRICS)}."
        raise UserError(f'--metric: there is no metric "{answers.metric}".{hint}')
    if answers.learners is not None and not answers.learners:
        raise UserError("--learners names none; name some, separated by commas, or leave it out to try all that fit")
    if answers.task not in (None, "auto", *TASKS):
        raise UserError(f'--task: there is no task "{answers.task}"; it is one of auto, {", ".join(TASKS)}')


def _obeying(experiment: Experiment) -> Experiment:
    broken = next((rule for rule in EXPERIMENT_RULES if not rule.holds(experiment)), None)
    if broken is not None:
        raise UserError(f"{broken.field}: {broken.message}")
    return experiment


def _read(spec: dict[str, Any]) -> ExperimentSpec:
    try:
        return ExperimentSpec.read_strictly(spec)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{field}: {first['msg'].lower()}") from error
