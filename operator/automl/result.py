"""An experiment's result as JSON, with the same keys for a run on this machine and on a cluster."""

from automl_api.resources import Experiment


def result_of(experiment: Experiment) -> dict[str, object]:
    """The result of an experiment as a JSON object; `model` is the published model's name."""
    status = experiment.status.to_dict()
    return {
        "experiment": experiment.metadata.name,
        "model": experiment.status.model,
        "task": experiment.status.task,
        "metric": experiment.status.metric,
        "score": status.get("score"),
        "testScore": status.get("testScore"),
        "seconds": round(experiment.status.active_seconds, 3),
        "trials": status["trials"],
        "leaderboard": status["leaderboard"],
    }
