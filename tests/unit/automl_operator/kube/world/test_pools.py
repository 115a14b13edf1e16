"""The pools that an experiment may use."""

import pytest

from automl_api.resources import Experiment
from automl_api.resources.experiment import PoolReference
from automl_operator.kube.settings import OperatorSettings
from automl_operator.kube.world.pools import pools_of, unknown_pool
from builders.kube import a_cluster_experiment, gpu_pool_settings, pool_settings, settings

PLATFORM = settings(
    pools={"cpu": pool_settings(), "big": pool_settings(image="runner:big"), "gpu": gpu_pool_settings()}
)


def naming(*names: str) -> Experiment:
    return a_cluster_experiment(pools=tuple(PoolReference(name=name) for name in names))


@pytest.mark.parametrize(
    ("experiment", "pools"),
    [
        pytest.param(naming(), ["cpu", "big"], id="none named: those without an accelerator"),
        pytest.param(naming("gpu"), ["gpu"], id="one named"),
        pytest.param(naming("gpu", "cpu"), ["gpu", "cpu"], id="several named"),
        pytest.param(naming("tpu", "cpu"), ["cpu"], id="an unknown one"),
    ],
)
def test_the_pools_of_an_experiment(experiment: Experiment, pools: list[str]) -> None:
    assert [pool.name for pool in pools_of(experiment, PLATFORM)] == pools


def test_a_pool_that_is_added_later_is_not_used_by_a_running_experiment() -> None:
    experiment = naming()
    begun = experiment.replace(status=experiment.status.replace(images={"cpu": "runner:1"}))
    assert [pool.name for pool in pools_of(begun, PLATFORM)] == ["cpu"]


def test_a_pool_has_its_resources_image_and_times() -> None:
    (gpu,) = pools_of(naming("gpu"), PLATFORM)
    assert (gpu.slots, gpu.memory_bytes, gpu.accelerator, gpu.image) == (4, 16 * 2**30, "nvidia.com/gpu", "runner:1")
    assert (gpu.max_runners, gpu.idle_timeout_seconds, gpu.scale_up_timeout_seconds) == (10, 30, 900)
    assert pools_of(naming("big"), PLATFORM)[0].image == "runner:big"


@pytest.mark.parametrize(
    ("experiment", "platform", "hint"),
    [
        pytest.param(naming("tpu"), PLATFORM, "names tpu", id="unknown"),
        pytest.param(
            naming(), settings(pools={"gpu": gpu_pool_settings()}), "name those to use", id="none without accelerator"
        ),
    ],
)
def test_unavailable_pools_are_refused_and_the_message_names_the_others(
    experiment: Experiment, platform: OperatorSettings, hint: str
) -> None:
    refusal = unknown_pool(experiment.spec, platform.pools)
    assert refusal is not None
    assert refusal.reason == "NoSuchPool"
    assert hint in refusal.message
    assert "gpu" in refusal.message


@pytest.mark.parametrize("experiment", [naming(), naming("gpu")])
def test_available_pools_are_not_refused(experiment: Experiment) -> None:
    assert unknown_pool(experiment.spec, PLATFORM.pools) is None
