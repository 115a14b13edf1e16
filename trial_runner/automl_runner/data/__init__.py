"""Loads the table at the address of labelled data."""

from automl_runner.data.load import Loaded, load
from automl_runner.data.sources import Sources

__all__ = ["Loaded", "Sources", "load"]
