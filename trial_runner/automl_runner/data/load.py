"""Loads labelled data, and turns errors in it into failures with a message."""

from dataclasses import dataclass

import pyarrow as pa

from automl_api import reasons
from automl_api.resources.experiment import FileSpec
from automl_api.uris import parse_uri
from automl_model.tables import ReadOptions, TableError, TableMissing, read_file
from automl_model.tables.encodings import NO_TEXT, Encoding
from automl_runner.data.address import AddressError, display_name
from automl_runner.data.open import open_data
from automl_runner.data.sources import Sources
from automl_runner.failures import WorkFailed


@dataclass(frozen=True)
class Loaded:
    """A table, its file's name in messages, and the encoding that it was read with."""

    name: str
    table: pa.Table
    encoding: Encoding = NO_TEXT


def load(spec: FileSpec, sources: Sources, usual: str = "") -> Loaded:
    """Read labelled rows. `usual`: the encoding to take where that of a text is uncertain.

    Raises WorkFailed: `program` (DataMissing, DataInvalid, SpecInvalid, CredentialsRefused), `infrastructure`
    (DataUnavailable).
    """
    try:
        uri = parse_uri(spec.uri)
    except ValueError as error:
        raise WorkFailed("program", reasons.SPEC_INVALID, str(error)) from error
    name = display_name(uri)
    try:
        with open_data(uri, spec, sources) as path:
            read = read_file(path, ReadOptions(spec.format, spec.encoding or "", usual), name)
            return Loaded(name, read.table, read.encoding)
    except (AddressError, TableMissing) as error:
        raise WorkFailed("program", reasons.DATA_MISSING, str(error)) from error
    except TableError as error:
        raise WorkFailed("program", reasons.DATA_INVALID, str(error)) from error
