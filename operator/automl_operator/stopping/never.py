"""No early stopping: every trial runs over all folds."""

from automl_operator.stopping.stopper import Curve, Verdict


class NeverStopper:
    """Lets every trial go on."""

    def judge(self, running: Curve, others: tuple[Curve, ...]) -> Verdict:  # noqa: ARG002 - nobody is compared
        """Always: go on."""
        return Verdict(False, "StoppingDisabled", f"{running.trial} goes on: early stopping is off.")
