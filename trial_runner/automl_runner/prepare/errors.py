"""The two ways in which `prepare` cannot go on: the data is at fault, or the question is."""

from automl_runner.failures import WorkFailed


def data_invalid(message: str) -> WorkFailed:
    """The data cannot be learned from as it is."""
    return WorkFailed("program", "DataInvalid", message)


def spec_invalid(message: str) -> WorkFailed:
    """The question does not fit the data."""
    return WorkFailed("program", "SpecInvalid", message)
