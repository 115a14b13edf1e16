"""How the experiment's table is to be read: what its spec says, what its format has, what its own types are."""

import pyarrow as pa

from automl_api.resources.experiment import ExperimentSpec
from automl_model.encoding.options import GivenKind, ReadingOptions
from automl_model.tables import categories_of, is_text_source, spelled_columns


def reading_options(spec: ExperimentSpec, table: pa.Table) -> ReadingOptions:
    """The options of a table."""
    columns: dict[str, GivenKind] = {column.name: column.type for column in spec.data.columns}
    return ReadingOptions(
        columns, spec.data.missing_values, is_text_source(table), categories_of(table), spelled_columns(table)
    )
