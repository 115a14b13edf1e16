"""The settings file: how it is read, and the errors for wrong files."""

import pytest

from automl_api.validation import InvalidManifest
from automl_operator.kube.pool import MAX_POOL_NAME
from automl_operator.kube.settings_file import load_settings
from builders.settings import COMPLETE, SHORT, settings_with_pool


def test_the_complete_file_equals_the_short_one_with_defaults():
    complete, short = load_settings(COMPLETE, "config.yaml"), load_settings(SHORT, "config.yaml")
    same = {"broker": complete.broker, "pools": complete.pools}
    assert short.replace(**same) == complete


def test_a_store_in_the_settings_has_the_form_of_an_experiments_store():
    text = COMPLETE.replace('{uri: "",', '{uri: "s3://bucket/automl",').replace(
        "secretRef: null", "secretRef: {name: keys}"
    )
    store = load_settings(text, "config.yaml").store.spec()
    assert store is not None
    assert store.uri == "s3://bucket/automl"
    assert store.secret_ref is not None
    assert store.secret_ref.name == "keys"
    assert load_settings(COMPLETE, "config.yaml").store.spec() is None


def test_a_pool_without_an_image_uses_the_runner_image():
    settings = load_settings(SHORT + '  gpu: {image: "gpu:1", resources: {limits: {memory: 4Gi}}}\n', "config.yaml")
    assert (settings.image("cpu"), settings.image("gpu")) == ("runner:1", "gpu:1")


@pytest.mark.parametrize(
    ("resources", "slots"),
    [
        pytest.param('{requests: {cpu: "2"}, limits: {memory: 1Gi}}', 2, id="two cores"),
        pytest.param("{requests: {cpu: 2}, limits: {memory: 1Gi}}", 2, id="two cores without quotes"),
        pytest.param("{requests: {cpu: 3500m}, limits: {memory: 1Gi}}", 3, id="whole cores only"),
        pytest.param("{requests: {cpu: 100m}, limits: {memory: 1Gi}}", 1, id="at least one"),
        pytest.param("{limits: {memory: 1Gi}}", 1, id="no request"),
    ],
)
def test_a_runner_has_a_slot_for_each_whole_core_that_it_asks_for(resources, slots):
    assert settings_with_pool(resources).pools["cpu"].slots == slots


@pytest.mark.parametrize(
    ("resources", "gibibytes"),
    [
        pytest.param("{requests: {memory: 2Gi}, limits: {memory: 4Gi}}", 4, id="the limit"),
        pytest.param("{requests: {memory: 2Gi}}", 2, id="the request without a limit"),
        pytest.param("{limits: {memory: 4294967296}}", 4, id="a plain number of bytes"),
    ],
)
def test_a_runner_may_use_its_limit_of_memory(resources, gibibytes):
    assert settings_with_pool(resources).pools["cpu"].memory_bytes == gibibytes * 2**30


@pytest.mark.parametrize(
    ("resources", "accelerator"),
    [
        pytest.param("{limits: {memory: 1Gi}}", "", id="none"),
        pytest.param("{limits: {memory: 1Gi, nvidia.com/gpu: 1}}", "nvidia.com/gpu", id="a gpu"),
        pytest.param("{limits: {memory: 1Gi, google.com/tpu: 4}}", "google.com/tpu", id="a tpu"),
        pytest.param("{limits: {memory: 1Gi, xilinx.com/fpga-x: 1}}", "xilinx.com/fpga-x", id="anything of a vendor's"),
        pytest.param("{limits: {memory: 1Gi, ephemeral-storage: 5Gi}}", "", id="ephemeral storage is no accelerator"),
        pytest.param(
            "{limits: {memory: 1Gi, attach.kubernetes.io/x: 1}}", "", id="a resource of kubernetes is no accelerator"
        ),
    ],
)
def test_a_pools_accelerator_is_the_one_extended_resource_of_its_limits(resources, accelerator):
    assert settings_with_pool(resources).pools["cpu"].accelerator == accelerator


def test_times_are_read_in_seconds():
    pool = load_settings(COMPLETE, "config.yaml").pools["cpu"]
    assert (pool.broker_timeout_seconds, pool.idle_timeout_seconds, pool.scale_up_timeout_seconds) == (600, 30, 900)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("api: {qps", "apy: {qps", "config.yaml:9: apy: unknown key", id="an unknown key"),
        pytest.param("idleTimeout", "idelTimeout", 'did you mean "idleTimeout"?', id="an unknown key within a pool"),
        pytest.param("qps: 50", 'qps: "50"', "api.qps: ", id="a number in quotes"),
        pytest.param("qps: 50", "qps: 0", "api.qps: ", id="no calls at all"),
        pytest.param("port: 8443\n", "port: 84430\n", "broker.port: ", id="no port"),
        pytest.param("https://", "http://", "broker.url: ", id="a broker without TLS"),
        pytest.param("level: info", "level: loud", 'log.level: is "loud"; must be', id="an unknown level"),
        pytest.param("10m", "ten", 'pools.cpu.brokerTimeout: is "ten"; write a duration', id="not a duration"),
        pytest.param("30s", "0s", "pools.cpu.idleTimeout: ", id="a zero duration"),
        pytest.param("10Gi", "10Gb", 'claim.size: is "10Gb"; write a quantity', id="not a quantity"),
        pytest.param("  cpu:\n", "  CPU:\n", "pools.CPU: ", id="a name in capitals"),
        pytest.param(
            "  cpu:\n", f"  {'a' * (MAX_POOL_NAME + 1)}:\n", "letters", id="a name that makes a Job's too long"
        ),
        pytest.param("image: runner:1", 'image: ""', "pools.cpu.image: ", id="no image anywhere"),
        pytest.param('{uri: "", ', '{uri: "file:/store", ', "store.uri: ", id="a store on one machine"),
        pytest.param('region: ""', "region: eu", "store.uri: is empty, but", id="a region without a store"),
        pytest.param("memory: 4Gi}, limits: {memory: 4Gi}", "memory: 4Gi}", "", id="no limit is fine"),
        pytest.param(
            "limits: {memory: 4Gi}", "limits: {memory: 2Gi}", "more than its limit 2Gi", id="more than the limit"
        ),
        pytest.param(
            ", memory: 4Gi}, limits: {memory: 4Gi}", "}", "pools.cpu.resources: neither limits.memory", id="no memory"
        ),
        pytest.param(
            "limits: {memory: 4Gi}",
            "limits: {memory: 4Gi, nvidia.com/gpu: 1, google.com/tpu: 1}",
            "pools.cpu.resources.limits: more than one accelerator",
            id="two accelerators",
        ),
        pytest.param(
            "limits: {memory: 4Gi}",
            "limits: {memory: 4Gi, nvidia.com/gpu: 500m}",
            "pools.cpu.resources.limits.nvidia.com/gpu: ",
            id="half an accelerator",
        ),
        pytest.param(
            'requests: {cpu: "2"',
            'requests: {nvidia.com/gpu: 1, cpu: "2"',
            "an accelerator is given in limits",
            id="an accelerator only in the requests",
        ),
        pytest.param('{cpu: "2"', '{cpu: "0"', "pools.cpu.resources.requests.cpu: is 0", id="no core at all"),
    ],
)
def test_a_wrong_file_is_refused_with_the_path_of_the_key_and_a_remedy(old, new, message):
    text = COMPLETE.replace(old, new, 1)
    assert text != COMPLETE
    if not message:
        load_settings(text, "config.yaml")
        return
    with pytest.raises(InvalidManifest) as refused:
        load_settings(text, "config.yaml")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "start from `broker:", id="nothing"),
        pytest.param("pools: {}\n", "broker: is missing", id="no broker"),
        pytest.param(SHORT.split("pools:", maxsplit=1)[0], "pools: is missing", id="no pools"),
        pytest.param(SHORT.split("  cpu:", maxsplit=1)[0] + "  {}\n", "pools: must be", id="not one pool"),
        pytest.param("broker: [", "cannot be read as YAML", id="not YAML"),
    ],
)
def test_an_incomplete_file_is_refused_with_a_message(text, message):
    with pytest.raises(InvalidManifest) as refused:
        load_settings(text, "config.yaml")
    assert message in str(refused.value)


def test_all_problems_of_a_file_are_reported_at_once():
    text = COMPLETE.replace("10m", "ten").replace("10Gi", "10Gb")
    with pytest.raises(InvalidManifest) as refused:
        load_settings(text, "config.yaml")
    assert [problem.field for problem in refused.value.problems] == ["claim.size", "pools.cpu.brokerTimeout"]
