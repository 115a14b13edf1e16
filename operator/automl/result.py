"""An experiment's result for programs: the same keys, whether it ran here or on a cluster."""

from automl_api.resources import Experiment


def result_of(experiment: Experiment) -> dict[str, object]:
    """What an experiment has come to, as a JSON object; `model` is the published model's name."""
    status = experiment.status.to_dict()
    return {
        "experiment": experiment.metadata.name,
        "model": experiment.status.model,
        "task": experiment.status.task,
        "metric": experiment.status.metric,
        "score": status.get("score"),
        "seconds": round(experiment.status.active_seconds, 3),
        "trials": status["trials"],
        "leaderboard": status["leaderboard"],
    }
