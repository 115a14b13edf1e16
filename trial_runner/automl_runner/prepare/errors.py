"""The two failures of `prepare`: data that cannot be used, and a spec that does not fit the data."""

from automl_api import reasons
from automl_runner.failures import WorkFailed


def data_invalid(message: str) -> WorkFailed:
    """The failure for data that cannot be learned from as it is."""
    return WorkFailed("program", reasons.DATA_INVALID, message)


def spec_invalid(message: str) -> WorkFailed:
    """The failure for a spec that does not fit the data."""
    return WorkFailed("program", reasons.SPEC_INVALID, message)
