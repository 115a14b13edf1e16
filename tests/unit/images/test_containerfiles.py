"""Rules for the two Containerfiles that need no build: shared layers, pinned versions, no root, no shell."""

import json
import re

import pytest

from builders.source_tree import FOLDERS, ROOT, label, pyproject

FILES = {label(folder): (folder / "Containerfile").read_text(encoding="utf-8") for folder in FOLDERS}
each = pytest.mark.parametrize("text", FILES.values(), ids=FILES)


def instructions(text: str) -> list[str]:
    """The instructions, each joined to one line."""
    plain = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return [" ".join(line.split()) for line in plain.replace("\\\n", " ").splitlines() if line.strip()]


def final_stage(text: str) -> list[str]:
    lines = instructions(text)
    return lines[max(index for index, line in enumerate(lines) if line.startswith("FROM ")) :]


def test_both_begin_with_the_same_layers() -> None:
    first, second = (instructions(text) for text in FILES.values())
    end = next(index for index, line in enumerate(first) if line.endswith("AS dependencies"))
    assert first[: end + 1] == second[: end + 1]
    assert any(line.startswith("RUN ") and "tools.txt" in line for line in first[:end])


@each
def test_the_base_is_an_argument_and_every_stage_starts_from_it(text: str) -> None:
    lines = instructions(text)
    assert lines[0] == "ARG BASE=docker.io/library/python:3.11-slim"
    assert {line.split()[1] for line in lines if line.startswith("FROM ")} == {"${BASE}", "tools", "dependencies"}
    assert final_stage(text)[0] == "FROM ${BASE}"


@each
def test_everything_is_installed_by_hash_and_as_a_wheel(text: str) -> None:
    installs = re.findall(r"(?:pip --quiet install|pip sync)[^&]*", " ".join(instructions(text)))
    assert installs
    for words in installs:
        assert "--require-hashes" in words
        assert "--only-binary :all:" in words


@each
def test_the_dependencies_come_before_the_sources(text: str) -> None:
    lines = instructions(text)
    sources = next(index for index, line in enumerate(lines) if line.startswith("COPY operator"))
    assert max(index for index, line in enumerate(lines) if "pip sync" in line) < sources


@each
def test_it_runs_as_a_numbered_user_that_is_not_root_in_the_group_of_root(text: str) -> None:
    users = [line.split()[1] for line in final_stage(text) if line.startswith("USER ")]
    assert users == ["65532:0"]


@each
def test_a_read_only_root_is_enough(text: str) -> None:
    final = " ".join(final_stage(text))
    assert "HOME=/tmp" in final
    assert "PYTHONDONTWRITEBYTECODE=1" in final
    assert "VOLUME" not in final


@each
def test_the_program_starts_without_a_shell(text: str) -> None:
    entrypoint = next(line for line in final_stage(text) if line.startswith("ENTRYPOINT "))
    (program,) = json.loads(entrypoint.removeprefix("ENTRYPOINT "))
    assert program in pyproject()["project"]["scripts"]
    assert not any(line.startswith("CMD") for line in final_stage(text))


@each
def test_the_final_stage_has_no_build_tools_and_no_compiler(text: str) -> None:
    final = " ".join(final_stage(text))
    assert not re.search(r"\b(uv|pip|gcc|build-essential)\b", final)
    assert [line for line in final_stage(text) if line.startswith("COPY ") and "--from=" not in line] == []


@each
def test_it_has_no_address_but_the_base_image(text: str) -> None:
    assert set(re.findall(r"[\w.-]+\.(?:io|org|com)\b(?=/)|\w+://\S+", text)) == {"docker.io"}


@each
def test_it_has_labels(text: str) -> None:
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', text))
    assert labels.keys() == {"title", "description", "licenses", "version"}
    assert labels["licenses"] == pyproject()["project"]["license"]
    assert (ROOT / "LICENSE").is_file()
