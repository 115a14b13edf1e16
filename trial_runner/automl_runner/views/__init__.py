"""Fits views; `automl_model.views` applies them."""

from automl_runner.views.generated_features import GeneratedFeatures
from automl_runner.views.log_target import LogTarget
from automl_runner.views.plain import Plain
from automl_runner.views.target_encoding import TargetEncoding
from automl_runner.views.text_components import TextComponents
from automl_runner.views.view import View

VIEWS: dict[str, View] = {
    "plain": Plain(),
    "target_encoding": TargetEncoding(),
    "text_components": TextComponents(),
    "generated_features": GeneratedFeatures(),
    "log_target": LogTarget(),
}

__all__ = ["VIEWS", "View"]
