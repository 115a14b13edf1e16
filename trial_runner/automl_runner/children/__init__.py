"""The processes that do the work: forked from a zygote or started afresh, one assignment at a time per slot."""

from automl_runner.children.program import Handler, Program, Report
from automl_runner.children.serve import serve

__all__ = ["Handler", "Program", "Report", "serve"]
