"""The command `automl`: its subcommands and their options. The code of each is in `automl.commands`.

A subcommand is imported when it runs, so that `--help` is quick.
"""

import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from automl.cluster_cli import COMMANDS as CLUSTER_COMMANDS
from automl.errors import AutoMLError
from automl.interrupts import EXIT_CODE as INTERRUPTED
from automl.interrupts import leaving_on_interrupt
from automl.invocation import command_name
from automl_api import metrics

TASKS = ("auto", *metrics.TASKS)
_DEFAULT_METRICS = "{}, {} or {}".format(*metrics.DEFAULT_METRIC.values())


def _about_the_data(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options for columns, missing values and encoding to a command that reads labelled data."""
    options = (
        click.option(
            "--ignore", multiple=True, metavar="COLUMN", help="Leave a column out; may be given several times."
        ),
        click.option(
            "--column",
            "columns",
            multiple=True,
            metavar="NAME=TYPE",
            help="A column's type: numeric, categorical, boolean, datetime, text or ignore; may be given several times.",
        ),
        click.option(
            "--missing",
            "missing_values",
            multiple=True,
            metavar="WORD",
            help="A text that is a missing value; may be given several times.  [default: as pandas reads a csv]",
        ),
        click.option("--encoding", help="A csv's or json lines file's encoding.  [default: detected]"),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="automl-operator", message="automl %(version)s")
def command() -> None:
    """automl: labelled data in, an optimised model out."""


@command.command()
@click.option("-f", "--file", "manifest", type=click.Path(path_type=Path), help="An experiment's YAML file.")
@click.option("--data", help="The labelled data: a csv, parquet, arrow or json lines file, or example:adult.")
@click.option("--target", help="The column to predict.")
@click.option("--test", help="Labelled rows that are never trained on; the model is scored on them at the end.")
@click.option("--time", help="The budget, from the first work to the model: 90s, 2m, 1h30m.  [default: 1h]")
@click.option("--out", type=click.Path(path_type=Path), help="The run's folder.  [default: automl-NAME]")
@click.option("--metric", help=f"The metric to optimise.  [default: {_DEFAULT_METRICS}, by the task]")
@click.option("--learners", help="Only these learners, separated by commas.")
@click.option("--seed", type=click.IntRange(min=0), help="The seed of the search.  [default: 0]")
@click.option("--cores", type=click.IntRange(min=1), help="The number of cores to use.  [default: all]")
@_about_the_data
@click.option("--task", type=click.Choice(TASKS), help="The kind of question.  [default: by the target]")
@click.option("--trials", type=click.IntRange(min=1), help="The most configurations to try.  [default: 200]")
@click.option("--positive-class", help="The positive class, where there are two.  [default: the rarer one]")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object on stdout; all else goes to stderr.")
def fit(
    manifest: Path | None,
    out: Path | None,
    cores: int | None,
    learners: str | None,
    columns: tuple[str, ...],
    missing_values: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Find the best model for labelled data on this machine.

    Ctrl-C once publishes the best model so far, twice aborts. The same command with the same --out goes on with an
    unfinished run.
    """
    with leaving_on_interrupt():
        from automl.commands.fit import fit_command
        from automl.spec_builder import RunOptions, column_types

        options |= {"columns": column_types(columns), "missing_values": missing_values or None}
        named = None if learners is None else [name.strip() for name in learners.split(",") if name.strip()]
        fit_command(manifest, RunOptions(learners=named, **options), out, cores, as_json=as_json)


@command.command()
@click.option("--model", required=True, type=click.Path(path_type=Path), help="A run's folder, or a model's.")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The rows to predict.")
@click.option("--out", type=click.Path(path_type=Path), help=".csv, .csv.gz or .parquet.  [default: csv to stdout]")
@click.option("--encoding", default="", help="The file's encoding.  [default: detected, or the training data's]")
@click.option("--digest", default="", help="An AutoMLModel's spec.digest: any other model is refused.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object; needs --out.")
def predict(model: Path, data: Path, out: Path | None, encoding: str, digest: str, as_json: bool) -> None:
    """Predict every row of a file.

    Warnings about the rows go to stderr, or into the JSON object.
    """
    from automl.commands.predict import predict_command
    from automl.extras import need

    need("predict")
    predict_command(model, data, out, encoding, digest, as_json=as_json)


@command.command()
@click.argument("subject", metavar="DATA|FOLDER")
@click.option("--target", help="The column to predict; needed for DATA.")
@_about_the_data
@click.option("--task", type=click.Choice(TASKS), help="The kind of question.  [default: by the target]")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def inspect(
    subject: str, columns: tuple[str, ...], missing_values: tuple[str, ...], as_json: bool, **options: Any
) -> None:
    """Show what each column is read as, and why.

    DATA is a file that `fit` can read; it needs --target. FOLDER is the folder of a run or a model.
    """
    from automl.commands.inspect import inspect_command
    from automl.spec_builder import RunOptions, column_types

    options |= {"columns": column_types(columns), "missing_values": missing_values or None}
    inspect_command(subject, RunOptions(data=subject, **options), as_json=as_json)


@command.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def leaderboard(folder: Path, as_json: bool) -> None:
    """Show what a run or a model has tried, best first."""
    from automl.commands.leaderboard import leaderboard_command

    leaderboard_command(folder, as_json=as_json)


@command.command()
@click.option("-f", "--file", "manifest", required=True, type=click.Path(path_type=Path), help="The YAML file.")
def validate(manifest: Path) -> None:
    """Check an experiment's YAML file.

    The rules are the API server's. Each problem is printed with its line and field.
    """
    from automl.commands.validate import validate_command

    validate_command(manifest)


for cluster_command in CLUSTER_COMMANDS:
    command.add_command(cluster_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command's entry point: exits with 0, 1 (our fault), 2 (the user's) or 130 (interrupted)."""
    _escape_unknown_letters()
    try:
        code = command.main(arguments, prog_name=command_name(), standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        code = 2
    except click.ClickException as error:
        code = _print_error(error.format_message(), error.exit_code)
    except AutoMLError as error:
        code = _print_error(str(error), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has ended (`automl leaderboard x | head`).
        sys.stderr.close()
        code = 1
    sys.exit(code if isinstance(code, int) else 0)


def _escape_unknown_letters() -> None:
    """Escape the letters that the locale's encoding lacks; a column's name may have some."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _print_error(message: str, code: int) -> int:
    for line in message.splitlines() if code == 2 else [message]:
        click.echo(f"error: {line}", err=True)
    return code
