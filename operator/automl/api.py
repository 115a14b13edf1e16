"""`fit` and `load_model`: the Python API."""

import asyncio
import os
import signal
import sys
import threading
import time as clock
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from automl.extras import need
from automl.place import fresh_folder
from automl.prediction import load
from automl.progress_display import SilentDisplay, display_for
from automl.progress_lines import opening_line, result_lines
from automl.progress_reporter import ProgressReporter
from automl.session import FitSession, RunOutcome
from automl.spec_builder import (
    RunOptions,
    check_data,
    experiment_from_options,
    named_columns,
    scored_columns,
    used_cores,
)

if TYPE_CHECKING:
    from pandas import DataFrame

    from automl_model import Predictor

FRAME_NAME = "data"
"""The name of an experiment about a DataFrame."""


def fit(
    data: "DataFrame | str | os.PathLike[str]",
    target: str,
    *,
    time: str = "1h",
    out: str | os.PathLike[str] | None = None,
    metric: str | None = None,
    learners: Sequence[str] | None = None,
    seed: int | None = None,
    cores: int | None = None,
    ignore: Sequence[str] = (),
    task: str | None = None,
    trials: int | None = None,
    positive_class: str | None = None,
    columns: Mapping[str, str] | None = None,
    missing_values: Sequence[str] | None = None,
    encoding: str | None = None,
    test: "DataFrame | str | os.PathLike[str] | None" = None,
    verbose: bool = True,
) -> "Predictor":
    """Find the best model for labelled data on this machine, and load it.

    `data` is a DataFrame (its index is left out), a file's path or `example:adult`. `time` is the budget: `90s`, `2m`,
    `1h30m`. `columns` gives types to columns: numeric, categorical, boolean, datetime, text or ignore. `missing_values`
    are the texts that mean a missing value. `test` has labelled rows that are never trained on; the published model is
    scored on them. Without `out` the run has a new folder below `~/.cache/automl`; with it, the same call goes on with
    an unfinished run. The first Ctrl-C publishes the best model so far. Raises AutoMLError:
    UserError for what the caller can correct, RunFailed for what is our fault, Aborted.
    """
    need("local")
    from automl.frames import given_data
    from automl_operator.local.machine import this_machine

    started = clock.monotonic()
    machine = this_machine()
    used = used_cores(cores, machine.cores)
    named = isinstance(data, str | os.PathLike)
    folder = Path(out) if out is not None else fresh_folder("fit" if named else FRAME_NAME, datetime.now(UTC))
    given = given_data(data, folder, FRAME_NAME)
    tested = None if test is None else given_data(test, folder, "test")
    leave_out = _listed(ignore)
    options = RunOptions(
        data=given.address,
        target=target,
        time=time,
        metric=metric,
        learners=None if learners is None else _listed(learners),
        seed=seed,
        ignore=leave_out,
        task=task,
        trials=trials,
        positive_class=positive_class,
        columns=columns or {},
        missing_values=None if missing_values is None else _listed(missing_values),
        encoding=encoding,
        test=None if tested is None else tested.address,
    )
    experiment = experiment_from_options(options, used)
    if not named:
        experiment = experiment.replace(metadata=experiment.metadata.replace(name=FRAME_NAME))
    given.store(named_columns(experiment.spec))
    if tested is not None:
        tested.store(scored_columns(experiment.spec))
    check_data(experiment.spec)
    display = display_for(sys.stdout, clock.monotonic) if verbose else SilentDisplay()
    opening = opening_line(machine.cores, used, machine.memory_bytes, time)
    outcome = _run(
        FitSession(experiment, folder, used, ProgressReporter(display, lambda: clock.monotonic() - started, opening))
    )
    for line in result_lines(outcome.experiment, str(outcome.model)):
        display.line(line)
    return load_model(outcome.folder)


def _listed(names: Sequence[str]) -> tuple[str, ...]:
    """The names as a tuple; a single name may come without a list around it."""
    return (names,) if isinstance(names, str) else tuple(names)


def load_model(path: str | os.PathLike[str], digest: str = "") -> "Predictor":
    """The model of a run's folder or of a bundle.

    `digest` is an AutoMLModel's `spec.digest`: any other model is refused. Raises UserError.
    """
    need("predict")
    predictor: Predictor = load(Path(path), digest)
    return predictor


def _run(session: FitSession) -> RunOutcome:
    """Run in this thread, or in a new one where this one has an event loop, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return session.run()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="automl") as pool, _interrupting(session):
        return pool.submit(session.run).result()


@contextmanager
def _interrupting(session: FitSession) -> Iterator[None]:
    """A context in which Ctrl-C interrupts the session, not the event loop. Only the main thread receives signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: session.interrupt())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
