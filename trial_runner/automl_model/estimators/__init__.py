"""Estimators: fitted models as they lie in a bundle, in formats that hold no code."""

from automl_model.estimators.estimator import Estimator

__all__ = ["Estimator"]
