"""Reads files as tables, in the same way for training in the runner and for predicting on the user's side.

Cells of csv stay texts here. Training decides once, over all rows, what each column is.
"""

from automl_model.tables.errors import TableError, TableMissing
from automl_model.tables.frames import table_of
from automl_model.tables.options import Format, ReadOptions
from automl_model.tables.read import FileRead, read_file, read_table
from automl_model.tables.source import categories_of, is_text_source, pandas_facts, spelled_columns, to_frame

__all__ = [
    "FileRead",
    "Format",
    "ReadOptions",
    "TableError",
    "TableMissing",
    "categories_of",
    "is_text_source",
    "pandas_facts",
    "read_file",
    "read_table",
    "spelled_columns",
    "table_of",
    "to_frame",
]
