"""The two ways in which `prepare` cannot go on: the data is at fault, or the question is."""

from automl_api import reasons
from automl_runner.failures import WorkFailed


def data_invalid(message: str) -> WorkFailed:
    """The data cannot be learned from as it is."""
    return WorkFailed("program", reasons.DATA_INVALID, message)


def spec_invalid(message: str) -> WorkFailed:
    """The question does not fit the data."""
    return WorkFailed("program", reasons.SPEC_INVALID, message)
