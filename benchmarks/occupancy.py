"""The shares of the cores' time that fits and other work use between prepare and finalize."""

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import command
from figures import Claim, Found

from automl_operator.decisions.state.work_id import parse_work_id
from automl_operator.local.machine import this_machine


@dataclass(frozen=True)
class Share:
    """Shares of the cores' time from the end of prepare to the begin of finalize, in percent."""

    fits: float
    """The seconds of finished folds, and of fits that the budget cut off."""
    work: float
    """The processor time of zygote and children."""
    other: float
    """The processor time of command, search and agent."""
    idle: float
    """The time of slots without an assignment."""


def measure(*, quick: bool) -> Found:
    """Measure `automl fit --data example:adult` with all cores."""
    budget, repeats = (20, 1) if quick else (60, 3)
    shares = [_share(budget) for _ in range(repeats)]
    between = f"share of {this_machine().cores} cores between prepare and finalize"
    return Found(
        claims=(
            Claim(
                f"learner fits by their own seconds, {between}", "%", [s.fits for s in shares], ">= 85 %", at_least=85
            ),
            Claim(
                "the same by processor time of the fitting processes",
                "%",
                [s.work for s in shares],
                ">= 85 %",
                at_least=85,
            ),
            Claim("processor time of command, search and agent", "%", [s.other for s in shares]),
            Claim("slots without an assignment", "%", [s.idle for s in shares]),
        ),
        notes=(
            f"`automl fit --data example:adult --time {budget}s`. A fit that the budget cuts off counts until then.",
            "On a machine with other load the processor time falls, and the fits' own seconds do not.",
        ),
        raw=[asdict(share) for share in shares],
    )


def _share(budget: int) -> Share:
    with tempfile.TemporaryDirectory(prefix="bench-occupancy-") as name:
        arguments = ["--data", "example:adult", "--target", "class", "--time", f"{budget}s"]
        run = command.fit(arguments, Path(name) / "run", sample_every=0.5)
        begin, end = command.only("prepare", run.folder).ended, command.only("finalize", run.folder).began
        room = this_machine().cores * (end - begin)
        fits = [span for span in command.spans(run.folder) if span.kind == "fit"]
        folds = {
            (trial["spec"]["index"], fold["fold"]): fold["seconds"]
            for trial in command.trials(run.folder)
            for fold in trial["status"].get("folds", ())
        }
        return Share(
            fits=100 * (sum(folds.values()) + sum(_cut_off(span, folds) for span in fits)) / room,
            work=100 * _spent([(sample.at, sample.work_seconds) for sample in run.samples], begin, end) / room,
            other=100 * _spent([(sample.at, sample.other_seconds) for sample in run.samples], begin, end) / room,
            idle=100 * (room - sum(span.seconds for span in fits)) / room,
        )


def _cut_off(span: command.Span, folds: dict[tuple[int, int], float]) -> float:
    """The seconds that a cut-off fit had spent on its unfinished fold."""
    work_id = parse_work_id(span.assignment)
    if span.outcome != "cancelled" or work_id is None:
        return 0.0
    return span.seconds - sum(folds.get((work_id.trial, fold), 0.0) for fold in work_id.folds)


def _spent(samples: list[tuple[float, float]], begin: float, end: float) -> float:
    """The increase of a counter between two moments, from the samples nearest to them."""
    first, last = (min(samples, key=lambda sample: abs(sample[0] - moment))[1] for moment in (begin, end))
    return last - first
