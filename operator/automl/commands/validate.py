"""`automl validate`: check an experiment's file by the API server's rules."""

from pathlib import Path

from automl.spec_builder import read_experiment


def validate_command(manifest: Path) -> None:
    """Check a file and print that it is valid. Raises UserError with each problem, its line and its field."""
    experiment = read_experiment(manifest)
    print(f"{manifest}: {experiment.metadata.name} is a valid {experiment.kind}")
