"""Helm and the programs that check a chart, built once with the tools of the test cluster."""

from pathlib import Path

import pytest

from builders.helm import Tools, write_schemas
from cluster.build import built
from cluster.layout import default_layout
from cluster.toolchain import HELM, HELM_UNITTEST, KUBECONFORM, Project


@pytest.fixture(scope="session")
def tools() -> Tools:
    return Tools(*(_program(project) for project in (HELM, KUBECONFORM, HELM_UNITTEST)))


@pytest.fixture(scope="session")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    write_schemas(folder)
    return folder


def _program(project: Project) -> Path:
    ((program, _),) = project.programs
    return built(project, default_layout().cache, print) / program
