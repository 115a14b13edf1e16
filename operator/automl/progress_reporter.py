"""Print the progress of a run from its views, each line once."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from automl.progress_display import Display
from automl.progress_lines import PROGRESS_HINT, data_line, first_result_line, progress_line, warning_lines
from automl_api.quantities import format_duration
from automl_api.resources.experiment_status import FINAL_STATES

if TYPE_CHECKING:
    from automl_operator.local.run import RunView

PHASES = {
    "Pending": "starting",
    "Preparing": "reading and checking the data",
    "Finalizing": "building and scoring the model",
}


class ProgressReporter:
    """Prints what is new in each view. `elapsed` gives seconds since the start."""

    def __init__(self, display: Display, elapsed: Callable[[], float], opening: str) -> None:
        self._display = display
        self.elapsed = elapsed
        self._opening = opening
        self._opening_shown = False
        self._data_shown = False
        self._result_shown = False

    def watch(self, view: "RunView") -> None:
        """Print what is new in a view of the run."""
        if not self._opening_shown:
            self._opening_shown = True
            self._display.line(self._opening)
            for warning in view.warnings:
                self._display.line(f"warning: {warning}")
        if view.plan is not None and not self._data_shown:
            self._data_shown = True
            for line in (data_line(view.experiment, view.plan.spec), *warning_lines(view.plan.spec)):
                self._display.line(line)
        best = _best(view)
        if best is not None and not self._result_shown:
            self._result_shown = True
            self._display.line(first_result_line(self.elapsed(), *best))
        if view.progress.state not in FINAL_STATES:
            self._display.status(*self._status(view, best))

    def close(self) -> None:
        """End the output, so that others can print after it."""
        self._display.close()

    def stopping(self) -> None:
        """Print that the run is being stopped."""
        doing = "publishing the best so far" if self._result_shown else "there is nothing to publish yet"
        self._display.line(f"stopping: {doing} (Ctrl-C again aborts)")

    def aborting(self) -> None:
        """Print that the run is being aborted."""
        self._display.line("aborting")

    def _status(self, view: "RunView", best: tuple[str, float] | None) -> tuple[str, str]:
        phase = PHASES.get(view.progress.state)
        if phase is not None:
            return f"{phase}, {format_duration(self.elapsed())}", ""
        line = progress_line(view.progress.trials.total, best, view.progress.seconds_left)
        return line, PROGRESS_HINT if best else ""


def _best(view: "RunView") -> tuple[str, float] | None:
    """Learner and score of the best trial so far."""
    score = view.progress.score
    return None if score is None else (view.progress.learner, score)
