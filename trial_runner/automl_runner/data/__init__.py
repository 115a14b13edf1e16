"""From the address of labelled data to a table."""

from automl_runner.data.load import Loaded, load
from automl_runner.data.sources import Sources

__all__ = ["Loaded", "Sources", "load"]
