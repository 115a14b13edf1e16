"""`automl fit`: run an experiment on this machine, and print its result as text or JSON."""

import json
import os
import sys
import time
import traceback
from pathlib import Path

from automl.errors import AutoMLError, RunFailed
from automl.extras import need
from automl.place import default_folder
from automl.progress_display import display_for
from automl.progress_lines import opening_line, result_lines
from automl.progress_reporter import ProgressReporter
from automl.result import result_of
from automl.session import FitSession, RunOutcome
from automl.spec_builder import RunOptions, check_data, experiment_from_file, experiment_from_options, used_cores


def fit_command(
    manifest: Path | None, options: RunOptions, out: Path | None, cores: int | None, *, as_json: bool
) -> None:
    """Run to the end and print the result. Raises AutoMLError."""
    started = time.monotonic()
    need("local")
    from automl_operator.local.machine import this_machine

    machine = this_machine()
    used = used_cores(cores, machine.cores)
    experiment = experiment_from_file(manifest, options, used) if manifest else experiment_from_options(options, used)
    check_data(experiment.spec)
    folder = out or default_folder(experiment.metadata.name)
    display = display_for(sys.stderr if as_json else sys.stdout, time.monotonic)
    opening = opening_line(machine.cores, used, machine.memory_bytes, experiment.spec.budget.time)
    reporter = ProgressReporter(display, lambda: time.monotonic() - started, opening)
    outcome = _run(FitSession(experiment, folder, used, reporter), folder)
    if outcome.experiment.spec.budget != experiment.spec.budget:
        display.line(f"{folder} is complete already; for a run with another budget choose another --out")
    for line in result_lines(outcome.experiment, os.fspath(outcome.model)):
        display.line(line)
    if as_json:
        print(json.dumps(summary(outcome)))


def summary(outcome: RunOutcome) -> dict[str, object]:
    """A complete run as one JSON object; its leaderboard also tells the generated features of trials."""
    found = result_of(outcome.experiment)
    features, lines = _generated_features(outcome.model), outcome.experiment.status.leaderboard
    leaderboard = [line.to_dict() | features.get(line.trial, {}) for line in lines]
    return found | {"leaderboard": leaderboard, "model": os.fspath(outcome.model)}


def _generated_features(model: Path) -> dict[str, dict[str, object]]:
    """The number of generated features of each trial and the best of them, from the model's leaderboard."""
    board = model / "leaderboard.json"
    lines = json.loads(board.read_text(encoding="utf-8")) if board.is_file() else []
    return {line["trial"]: {key: line[key] for key in ("formulas", "bestFormulas") if key in line} for line in lines}


def _run(session: FitSession, folder: Path) -> RunOutcome:
    try:
        return session.run()
    except (AutoMLError, KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:
        kept = _keep_traceback(folder)
        raise RunFailed(f"{type(error).__name__}: {error}; this is a bug of ours, {kept}") from error


def _keep_traceback(folder: Path) -> str:
    from automl_operator.local.files import make_private

    log = folder / "log" / "traceback.txt"
    try:
        make_private(log.parent)
        log.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError as error:
        return f"and its traceback cannot be written to {log} ({error.strerror})"
    return f"its traceback is in {log}"
