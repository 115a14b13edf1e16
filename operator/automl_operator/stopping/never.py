"""No early stopping: every trial runs over all folds."""

from automl_operator.stopping.stopper import Curve, StopVerdict


class NeverStopper:
    """Never stops a trial."""

    def judge(self, running: Curve, others: tuple[Curve, ...]) -> StopVerdict:  # noqa: ARG002 - no trial is compared
        """The verdict that the trial goes on."""
        return StopVerdict(False, "StoppingDisabled", f"{running.trial} goes on: early stopping is off.")
