"""Encodes columns as numbers and codes: `prepare` learns how, once, and training rows and new rows are read alike.

The same row gives the same features, whether it comes from csv as texts or from parquet with types.
"""

from automl_model.encoding.column_encoder import ColumnEncoder
from automl_model.encoding.encoder import Encoder, SchemaError
from automl_model.encoding.options import GivenKind, ReadingOptions
from automl_model.encoding.profile import ColumnProfile
from automl_model.encoding.reading import ReadingNote
from automl_model.encoding.target import class_codes, target_values

__all__ = [
    "ColumnEncoder",
    "ColumnProfile",
    "Encoder",
    "GivenKind",
    "ReadingNote",
    "ReadingOptions",
    "SchemaError",
    "class_codes",
    "target_values",
]
