"""`automl stop`: end an experiment now, and publish the best so far."""

from automl.cluster.api import Cluster
from automl.cluster.connection import connect
from automl.cluster.stored import existing, read_object
from automl.formatting import counted, score_text
from automl.invocation import command_name
from automl_api.kinds import EXPERIMENTS
from automl_api.resources import Experiment
from automl_api.resources.experiment_status import FINAL_STATES


def stop_command(name: str, context: str | None, namespace: str | None) -> None:
    """Stop an experiment and print what happens. Raises UserError."""
    print(stop(connect(context, namespace), name))


def stop(cluster: Cluster, name: str) -> str:
    """Set spec.stop unless the experiment has ended. Returns a sentence about it. Raises ClusterError."""
    experiment = read_object(Experiment, existing(cluster, name))
    flags, state = cluster.place.flags, experiment.status.state
    if state in FINAL_STATES:
        model = f"; its model is {experiment.status.model}" if experiment.status.model else ""
        return f"{name} is {state} already{model}"
    cluster.patch(EXPERIMENTS, name, {"spec": {"stop": True}})
    return f"{name} ends now: {_what_happens(experiment)}; follow it with: {command_name()} wait {name}{flags}"


def _what_happens(experiment: Experiment) -> str:
    best = experiment.status.best
    if experiment.status.state == "Finalizing":
        return "the model is being built already"
    if best is None:
        return "nothing is finished yet, so that there may be no model to publish"
    tried = counted(experiment.status.trials.total, "trial")
    return f"the best of {tried} so far is published ({best.learner} {score_text(best.score)})"
