"""Validation: the rules of the API server applied to a file, with the line and the field of each problem."""

from automl_api.validation.experiment_file import check_experiment, load_experiment
from automl_api.validation.problems import InvalidManifest, Problem

__all__ = ["InvalidManifest", "Problem", "check_experiment", "load_experiment"]
