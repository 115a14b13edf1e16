"""No early stopping: every trial runs over all folds."""

from automl_operator.stopping.stopper import Curve, StopVerdict


class NeverStopper:
    """Lets every trial go on."""

    def judge(self, running: Curve, others: tuple[Curve, ...]) -> StopVerdict:  # noqa: ARG002 - nobody is compared
        """Always: go on."""
        return StopVerdict(False, "StoppingDisabled", f"{running.trial} goes on: early stopping is off.")
