"""One vocabulary of URI schemes: each table has a function for each scheme, and no other code compares schemes."""

import ast
from collections.abc import Collection
from pathlib import Path
from typing import get_args

import pytest

from automl.cluster.bundle_readers import READERS
from automl.cluster.data_upload import UPLOADS
from automl_api.schemes import S3_KEYS, SCHEMES, SECRET_TEXT, Scheme, create_secret_command, schemes_for
from automl_api.uris import SYNTAXES
from automl_runner.data.open import DATA
from automl_runner.store.open import STORES
from builders.source_tree import ROOT, label, package_files

FOR_DATA = {scheme.name for scheme in schemes_for("data")}
FOR_STORES = {scheme.name for scheme in schemes_for("store")}
FOR_CLUSTER_STORES = {scheme.name for scheme in schemes_for("store", on_cluster=True)}


def test_every_scheme_has_a_descriptor() -> None:
    assert set(SCHEMES) == set(get_args(Scheme))


@pytest.mark.parametrize(
    ("table", "schemes"),
    [
        pytest.param(SYNTAXES, set(SCHEMES), id="addresses are read and written"),
        pytest.param(DATA, FOR_DATA, id="the runner opens data"),
        pytest.param(STORES, FOR_STORES, id="the runner opens stores"),
        pytest.param(UPLOADS, FOR_CLUSTER_STORES, id="the user uploads data"),
        pytest.param(READERS, FOR_CLUSTER_STORES, id="the user downloads models"),
    ],
)
def test_each_table_of_functions_has_every_scheme_of_its_use(table: Collection[str], schemes: set[str]) -> None:
    assert set(table) == schemes


def test_no_code_compares_a_scheme_by_its_name() -> None:
    assert [place for file in package_files() for place in comparisons(file.read_text(encoding="utf-8"), file)] == []


@pytest.mark.parametrize(
    "code",
    [
        'match uri.scheme:\n    case "s3": pass',
        'uri.scheme == "s3"',
        '"pvc" != scheme',
        'uri.scheme in ("file", "s3")',
        'uri.startswith("file:")',
    ],
)
def test_a_comparison_of_a_scheme_is_found(code: str) -> None:
    (found,) = comparisons(code, ROOT / "planted.py")
    assert found.startswith("planted.py:")


def comparisons(code: str, file: Path) -> list[str]:
    """The lines that compare something with the name or the prefix of a scheme."""
    words = {*SCHEMES, *(scheme.prefix for scheme in SCHEMES.values())}
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, (ast.Compare, ast.MatchValue)) or (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "startswith"
        ):
            constants = {child.value for child in ast.walk(node) if isinstance(child, ast.Constant)}
            if constants & words:
                found.append(f"{label(file)}:{node.lineno}")
    return found


def test_the_documents_say_what_a_secret_holds() -> None:
    operations = (ROOT / "docs/operations.md").read_text(encoding="utf-8").replace(" \\\n  ", " ")
    assert create_secret_command("bucket", S3_KEYS.names, "team-a") in operations
    assert SECRET_TEXT in (ROOT / "charts/automl-operator/values.yaml").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [key for key in S3_KEYS.names if f"`{key}`" not in readme] == []
