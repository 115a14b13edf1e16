"""The names of child objects."""

from automl_api.names import MAX_NAME_LENGTH, model_name, plan_name, runner_name, store_prefix, trial_name

UID = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9fa"


def test_children_are_named_after_the_experiment_and_its_uid() -> None:
    assert trial_name("churn", UID, 7) == "churn-0b1c2-7"
    assert plan_name("churn", UID) == "churn-0b1c2"
    assert runner_name("churn", UID, "gpu", 0) == "churn-0b1c2-gpu-0"


def test_the_longest_name_leaves_room_for_every_suffix_of_a_job() -> None:
    assert len(runner_name("x" * MAX_NAME_LENGTH, UID, "gpu", 999)) <= 63


def test_the_name_of_a_model_has_more_of_the_uid_because_it_outlives_its_experiment() -> None:
    assert model_name("churn", UID) == "churn-0b1c2d3e4f"
    assert len(model_name("x" * MAX_NAME_LENGTH, UID)) <= 63


def test_files_in_a_store_lie_below_the_namespace_and_the_full_uid() -> None:
    assert store_prefix("lab", "churn", UID) == f"lab/churn-{UID}"
