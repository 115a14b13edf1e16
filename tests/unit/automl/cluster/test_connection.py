"""The cluster and the namespace that a kubeconfig selects, by kubectl's rules."""

from pathlib import Path

import pytest

from automl.cluster.api import Cluster
from automl.cluster.connection import connect
from automl.errors import UserError

CONFIG = """\
apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:1"}}}}]
users: [{{name: u, user: {{token: t}}}}]
contexts:
- {{name: {name}, context: {{cluster: c, user: u, namespace: team}}}}
- {{name: {name}-plain, context: {{cluster: c, user: u}}}}
current-context: {name}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("home", "work"):
        (tmp_path / name).write_text(CONFIG.format(name=name))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "home"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    return tmp_path


def where(cluster: Cluster) -> tuple[str, str, str]:
    return cluster.place.context, cluster.place.namespace, cluster.place.flags


@pytest.mark.parametrize(
    ("context", "namespace", "expected"),
    [
        pytest.param(None, None, ("home", "team", ""), id="current context, its namespace"),
        pytest.param("home-plain", None, ("home-plain", "default", " --context home-plain"), id="no namespace"),
        pytest.param(None, "a", ("home", "a", " -n a"), id="namespace given"),
    ],
)
def test_the_cluster_and_the_namespace(
    place: Path, context: str | None, namespace: str | None, expected: tuple[str, str, str]
) -> None:
    assert where(connect(context, namespace)) == expected


def test_the_first_of_several_files_that_sets_a_value_counts(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", f"{place / 'absent'}:{place / 'work'}:{place / 'home'}")
    assert where(connect(None, None))[0] == "work"
    assert where(connect("home", None))[0] == "home"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(None, "there is no kubeconfig", id="absent"),
        pytest.param("", "cannot be read", id="empty"),
        pytest.param("[]", "cannot be read", id="a list"),
        pytest.param("a: [", "cannot be read", id="not yaml"),
        pytest.param("contexts: [1]", "cannot be read", id="no contexts"),
        pytest.param("{}\n", "has no current context", id="no current context"),
        pytest.param("current-context: x", 'has no context "x"', id="current context unknown"),
        pytest.param(
            "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]", "cannot be", id="no cluster"
        ),
    ],
)
def test_an_invalid_kubeconfig_is_reported(
    place: Path, text: str | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place / "config"
    if text is not None:
        path.write_text(text)
    monkeypatch.setenv("KUBECONFIG", str(path))
    with pytest.raises(UserError, match=words) as error:
        connect(None, None)
    assert "\n" not in str(error.value)


def test_the_error_for_an_unknown_context_names_a_similar_one(place: Path) -> None:
    with pytest.raises(UserError, match=r'has no context "hoem"\. Did you mean "home"\?'):
        connect("hoem", None)
