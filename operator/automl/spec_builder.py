"""Build an Experiment from options of the command line, arguments in Python, or a YAML file."""

import dataclasses
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl.data_preview import check_columns, check_file
from automl.errors import UserError
from automl_api.did_you_mean import did_you_mean
from automl_api.metrics import METRICS, TASKS, metrics_of
from automl_api.names import API_VERSION, MAX_NAME_LENGTH
from automl_api.quantities import parse_duration
from automl_api.resources import Experiment, ExperimentSpec
from automl_api.schemes import schemes_for
from automl_api.uris import Uri, file_uri, parse_uri


@dataclass(frozen=True)
class RunOptions:
    """The options of a run; None where one was not given. `time` as in 2m or 1h30m."""

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
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict)
    missing_values: Sequence[str] | None = None
    encoding: str | None = None
    test: str | None = None


_ADDRESS = re.compile("|".join(("[a-z][a-z0-9+.-]*://", *(scheme.prefix for scheme in schemes_for("data")))))
"""The beginning of an address: one of ours, or any scheme with `//`, so that a wrong one is not taken for a file."""
_OPTIONS = {"columns": "--column", "missing_values": "--missing"}
"""The options of the command line whose names differ from the fields of RunOptions."""
_FIELDS = {
    "data": "data.uri",
    "ignore": "data.ignoreColumns",
    "columns": "data.columns",
    "missing_values": "data.missingValues",
    "encoding": "data.encoding",
    "test": "evaluation.test.uri",
    "target": "target",
    "positive_class": "positiveClass",
    "task": "task",
    "metric": "objective.metric",
    "time": "budget.time",
    "trials": "budget.trials",
    "seed": "search.seed",
    "learners": "learners.include",
}
"""The field of the spec that each option sets."""


def experiment_from_options(options: RunOptions, cores: int) -> Experiment:
    """The experiment that the options describe. Raises UserError."""
    if not options.data:
        raise UserError("no data is named; give --data FILE, or -f EXPERIMENT.yaml")
    if not options.target:
        raise UserError("no target is named; give the column to predict with --target")
    return _experiment(name_for(options.data), {"parallelism": cores}, options)


def read_experiment(path: Path, data_uri: str = "", test_uri: str = "") -> Experiment:
    """The experiment of a YAML file, with other addresses where they are given.

    Raises UserError, with a line for each problem.
    """
    from automl_api.validation import InvalidManifest, load_experiment

    try:
        return load_experiment(path.read_text(encoding="utf-8"), str(path), data_uri=data_uri, test_uri=test_uri)
    except FileNotFoundError as error:
        raise UserError(f'there is no file "{path}" (looked in {Path.cwd()})') from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not text in UTF-8; give an experiment's YAML file") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}; give an experiment's YAML file") from error
    except InvalidManifest as error:
        raise UserError(str(error)) from error


def experiment_from_file(path: Path, options: RunOptions, cores: int) -> Experiment:
    """The experiment in a YAML file; options replace its values. Raises UserError."""
    experiment = read_experiment(path)
    if options.data:
        raise UserError(f"--data: {path} names its data already; leave out --data, or leave out -f and give --target")
    if experiment.spec.suspend:
        raise UserError(f"{path}: spec.suspend is true, so that nothing would be done; remove it")
    spec = experiment.spec.to_dict()
    spec["data"]["uri"] = _beside(path, experiment.spec.data.uri)
    if (test := experiment.spec.evaluation.test) is not None:
        spec["evaluation"]["test"]["uri"] = _beside(path, test.uri)
    if "parallelism" not in experiment.spec.model_fields_set:
        spec["parallelism"] = cores
    return _experiment(experiment.metadata.name, spec, options)


def column_types(assignments: Sequence[str]) -> dict[str, str]:
    """The types that `--column NAME=TYPE` sets, by column. Raises UserError."""
    types: dict[str, str] = {}
    for assignment in assignments:
        name, equals, kind = assignment.rpartition("=")
        if not (name and equals and kind):
            raise UserError(f"--column {assignment}: write a column's name and type, as in --column zip=categorical")
        if name in types:
            raise UserError(f'--column {assignment}: the type of "{name}" is given twice; give it once')
        types[name] = kind
    return types


def used_cores(asked: int | None, there: int) -> int:
    """The number of a machine's cores that a run uses. Raises UserError for none, or for more than there are."""
    if asked is not None and not 1 <= asked <= there:
        raise UserError(f"--cores {asked}: this machine has {there}; give 1 to {there}, or leave it out to use all")
    return there if asked is None else asked


def check_data(spec: ExperimentSpec) -> None:
    """Raise UserError where a quick look shows that a file is missing, or lacks a named column."""
    for file, columns in zip(spec.files, (named_columns(spec), scored_columns(spec)), strict=False):
        uri = parse_uri(file.uri)
        if uri.descriptor.access == "local":
            path = Path(uri.path)
            shown = os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
            check_file(path, shown)
            check_columns(path, shown, columns)


def named_columns(spec: ExperimentSpec) -> tuple[str, ...]:
    """The columns that the spec names and the data must have, the target first."""
    return (spec.target, *spec.data.ignore_columns, *(column.name for column in spec.data.columns))


def scored_columns(spec: ExperimentSpec) -> tuple[str, ...]:
    """The columns that the rows of `evaluation.test` must have besides those that the model reads."""
    return tuple(filter(None, (spec.target, spec.evaluation.weight_column)))


def name_for(data: str) -> str:
    """An experiment's name, made from a data file's name as far as the rules for names allow."""
    stem = Path(data.rpartition(":")[2]).name.partition(".")[0]
    plain = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")
    named = plain if plain[:1].isalpha() else f"data-{plain}"
    return named[:MAX_NAME_LENGTH].strip("-")


def data_uri(data: str) -> str:
    """The address that --data names: an address stays, a path becomes absolute. Raises UserError."""
    if _ADDRESS.match(data):
        try:
            uri = parse_uri(data)
        except ValueError as error:
            raise UserError(str(error)) from error
        return _absolute(uri, Path.cwd()) if uri.descriptor.access == "local" else str(uri)
    return file_uri(str(Path(data).expanduser().absolute()))


def _beside(manifest: Path, uri: str) -> str:
    parsed = parse_uri(uri)
    return _absolute(parsed, manifest.absolute().parent) if parsed.descriptor.access == "local" else uri


def _absolute(uri: Uri, base: Path) -> str:
    return file_uri(os.path.normpath(base / uri.path))


def _experiment(name: str, spec: dict[str, Any], options: RunOptions) -> Experiment:
    """A spec with the options put over it, read as strictly as a file. Raises UserError, a line for each problem."""
    from automl_api.validation import InvalidManifest, check_experiment

    _check(options)
    for option, field in _FIELDS.items():
        value = _given(options, option)
        if value is not None:
            _set(spec, field, value)
    data = {"apiVersion": API_VERSION, "kind": "AutoMLExperiment", "metadata": {"name": name}, "spec": spec}
    try:
        return check_experiment(data, "")
    except InvalidManifest as error:
        problems = [f"{_option_of(problem.field, options)}: {problem.message}" for problem in error.problems]
        raise UserError("\n".join(problems)) from error


def _given(options: RunOptions, option: str) -> Any:
    """The value of an option in the form of the spec; None where it was not given."""
    value = getattr(options, option)
    if option in ("data", "test") and value:
        return data_uri(value)
    if option == "columns":
        return [{"name": name, "type": kind} for name, kind in value.items()] or None
    if option == "missing_values":
        return None if value is None else list(value)
    if option in ("ignore", "learners"):
        return list(value or ()) or None
    return value


def _set(spec: dict[str, Any], field: str, value: Any) -> None:
    *parents, last = field.split(".")
    for parent in parents:
        spec = spec.setdefault(parent, {})
    spec[last] = value


def _option_of(field: str, options: RunOptions) -> str:
    """The option that has set a field; the field itself where none has."""
    for option, spec_field in _FIELDS.items():
        if field.partition("[")[0] == f"spec.{spec_field}" and getattr(options, option):
            return _OPTIONS.get(option, f"--{option.replace('_', '-')}")
    return field


def _check(options: RunOptions) -> None:
    """Raise UserError for problems that are clearer by the option than by the field of the spec."""
    if options.time is not None:
        try:
            parse_duration(options.time)
        except ValueError as error:
            raise UserError(f"--time: {error}") from error
    known = next((metrics_of(task) for task in TASKS if task == options.task), tuple(METRICS))
    if options.metric not in (None, "auto") and options.metric not in METRICS:
        hint = did_you_mean(options.metric or "", known) or f" The metrics are {', '.join(known)}."
        raise UserError(f'--metric: there is no metric "{options.metric}".{hint}')
    if options.learners is not None and not options.learners:
        raise UserError("--learners is empty; name learners, separated by commas, or leave it out to try all that fit")
    if options.task not in (None, "auto", *TASKS):
        raise UserError(f'--task: there is no task "{options.task}"; it is one of auto, {", ".join(TASKS)}')
