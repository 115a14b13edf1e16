"""Loads labelled data, and turns what is wrong with it into an end of the work in words."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from automl_api.resources.experiment import DataSpec
from automl_api.uris import parse_uri
from automl_model.tables import TableError, TableMissing, read_table
from automl_runner.data.address import CLAIMS, AddressError, display_name, local_path
from automl_runner.failures import WorkFailed


@dataclass(frozen=True)
class Loaded:
    """A table and what messages call its file."""

    name: str
    table: pa.Table


def load(spec: DataSpec, claims: Path = CLAIMS) -> Loaded:
    """Read the data of an experiment. Raises WorkFailed (DataMissing, DataInvalid, SpecInvalid)."""
    try:
        uri = parse_uri(spec.uri)
        path = local_path(uri, claims)
    except ValueError as error:
        reason = "DataMissing" if isinstance(error, AddressError) else "SpecInvalid"
        raise WorkFailed("program", reason, str(error)) from error
    name = display_name(uri)
    try:
        return Loaded(name, read_table(path, spec.format, name))
    except TableMissing as error:
        raise WorkFailed("program", "DataMissing", str(error)) from error
    except TableError as error:
        raise WorkFailed("program", "DataInvalid", str(error)) from error
