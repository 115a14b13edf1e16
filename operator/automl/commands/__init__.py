"""The verbs of the command `automl`: what each of them does, one a module."""
