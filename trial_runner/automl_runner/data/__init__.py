"""From the address of labelled data to a table."""

from automl_runner.data.load import Loaded, load

__all__ = ["Loaded", "load"]
