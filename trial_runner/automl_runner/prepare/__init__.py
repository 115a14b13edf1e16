"""`prepare`: read the data, find out what it is, check it, encode it, lay the folds, make the plan."""

from automl_runner.prepare.prepare import prepare

__all__ = ["prepare"]
