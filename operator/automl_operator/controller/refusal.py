"""What becomes of an experiment whose objects the World will not have."""

from datetime import UTC, datetime

from automl_api.resources import Condition, Experiment, ExperimentStatus
from automl_api.resources.conditions import with_condition
from automl_operator.controller.world import Refused

MAX_MESSAGE = 4096
MAX_REASON = 128


def failed_status(experiment: Experiment, refused: Refused, active_seconds: float, now: float) -> ExperimentStatus:
    """The status of an experiment that ended with a refusal: state Failed, and a condition with its reason and words."""
    moment = datetime.fromtimestamp(now, UTC)
    failed = Condition(
        type="Failed",
        status="True",
        reason=refused.reason[:MAX_REASON] or "Refused",
        message=str(refused)[:MAX_MESSAGE],
        observed_generation=experiment.metadata.generation,
        last_transition_time=moment,
    )
    incomplete = failed.replace(type="Complete", status="False", reason="Failed", message="There is no model.")
    return experiment.status.replace(
        state="Failed",
        observed_generation=experiment.metadata.generation,
        active_seconds=active_seconds,
        completed_at=moment,
        updated_at=moment,
        conditions=with_condition(with_condition(experiment.status.conditions, incomplete), failed),
    )
