"""The choice of the API server and of the credentials for it."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from automl_operator.kube.api.access import Access, NoAccess

CONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "one",
    "clusters": [{"name": name, "cluster": {"server": f"http://{name}.example:6443"}} for name in ("one", "two")],
    "users": [{"name": "me", "user": {"token": "secret"}}],
    "contexts": [{"name": name, "context": {"cluster": name, "user": "me"}} for name in ("one", "two")],
}


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("context", "host"), [("", "one"), ("two", "two")], ids=["current", "named"])
async def test_a_kubeconfig_names_server_and_user(kubeconfig: str, context: str, host: str) -> None:
    access = Access(kubeconfig=kubeconfig, context=context)
    configuration = await access.configuration()
    assert configuration.host == access.blocking_configuration().host == f"http://{host}.example:6443"
    assert await configuration.get_api_key_with_prefix("BearerToken") == "Bearer secret"
    assert access.blocking_configuration().get_api_key_with_prefix("BearerToken") == "Bearer secret"


async def test_the_environment_names_the_kubeconfig(kubeconfig: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", kubeconfig)
    assert (await Access().configuration()).host == "http://one.example:6443"


async def test_the_error_names_a_missing_or_wrong_file(tmp_path: Path, kubeconfig: str) -> None:
    for access in (Access(kubeconfig=str(tmp_path / "none")), Access(kubeconfig=kubeconfig, context="three")):
        with pytest.raises(NoAccess, match=access.kubeconfig):
            await access.configuration()
        with pytest.raises(NoAccess, match=access.kubeconfig):
            access.blocking_configuration()


async def test_a_renewed_token_of_the_pod_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {name: tmp_path / name for name in ("token", "ca.crt")}
    for name, file in files.items():
        file.write_text(f"first {name}", encoding="utf-8")
    for package in ("kubernetes.config", "kubernetes.aio.config"):
        monkeypatch.setattr(f"{package}.incluster_config.SERVICE_TOKEN_FILENAME", str(files["token"]))
        monkeypatch.setattr(f"{package}.incluster_config.SERVICE_CERT_FILENAME", str(files["ca.crt"]))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    configuration, blocking = await Access().configuration(), Access().blocking_configuration()
    assert configuration.host == blocking.host == "https://10.0.0.1:443"
    assert await configuration.get_api_key_with_prefix("BearerToken") == "bearer first token"
    files["token"].write_text("second", encoding="utf-8")
    for made in (configuration, blocking):
        loader = made.refresh_api_key_hook.__closure__[0].cell_contents
        loader.token_expires_at -= timedelta(minutes=1)
    assert await configuration.get_api_key_with_prefix("BearerToken") == "bearer second"
    assert blocking.get_api_key_with_prefix("BearerToken") == "bearer second"
