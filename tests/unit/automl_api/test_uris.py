"""The grammar of addresses."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_api.schemes import (
    CLUSTER_STORE_FORMS,
    CLUSTER_STORE_PREFIXES,
    DATA_FORMS,
    SCHEMES,
    STORE_FORMS,
    Scheme,
    Use,
    first_set,
    uri_pattern,
)
from automl_api.uris import Uri, file_uri, parse_uri


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("s3://bucket/churn.parquet", Uri("s3", "bucket", "churn.parquet")),
        ("pvc://claim/a/b.csv", Uri("pvc", "claim", "a/b.csv")),
        ("example:adult", Uri("example", "", "adult")),
        ("file:///data/my%20file.csv", Uri("file", "", "/data/my file.csv")),
        ("file:relative.csv", Uri("file", "", "relative.csv")),
    ],
)
def test_each_form_of_address_is_read(text: str, uri: Uri) -> None:
    assert parse_uri(text) == uri


@pytest.mark.parametrize(
    "text", ["", "my.csv", "http://host/x", "s3:bucket/x", "s3://UPPER/x", "example:", "file:", "pvc://"]
)
def test_an_invalid_address_is_refused_with_the_valid_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"write s3://bucket/path"):
        parse_uri(text)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_every_absolute_path_can_be_written_as_an_address_and_read_back(path: str) -> None:
    text = file_uri("/" + path)
    assert parse_uri(text).path == "/" + path
    assert re.match(uri_pattern("data"), text)


def test_a_relative_path_cannot_be_written_as_an_address() -> None:
    with pytest.raises(ValueError, match="not an absolute path"):
        file_uri("my.csv")


@pytest.mark.parametrize(
    ("scheme", "use", "form"),
    [(scheme.name, use, form) for scheme in SCHEMES.values() for use, form in scheme.forms.items()],
)
def test_the_example_of_each_scheme_is_a_valid_address(scheme: Scheme, use: Use, form: str) -> None:
    text = form.lower()
    assert parse_uri(text).scheme == scheme
    assert re.search(uri_pattern(use), text)


def accepted(use: Use) -> st.SearchStrategy[str]:
    """Texts that the schema accepts. Python's `$`, unlike a schema's, would let a newline through."""
    return st.from_regex(uri_pattern(use).removesuffix("$"), fullmatch=True)


@given(accepted("data") | accepted("store"))
def test_every_text_that_the_schema_accepts_is_a_valid_address(text: str) -> None:
    assert parse_uri(text).descriptor.prefix == next(
        scheme.prefix for scheme in SCHEMES.values() if text.startswith(scheme.prefix)
    )


@pytest.mark.parametrize(
    ("text", "store", "cluster_store"),
    [
        ("s3://bucket", True, True),
        ("pvc://claim/a", True, True),
        ("file:/srv/store", True, False),
        ("example:adult", False, False),
    ],
)
def test_a_store_is_a_bucket_a_claim_or_on_one_machine_a_folder(text: str, store: bool, cluster_store: bool) -> None:
    assert bool(re.search(uri_pattern("store"), text)) is store
    assert bool(re.search(uri_pattern("store", on_cluster=True), text)) is cluster_store


def test_messages_list_addresses_that_a_cluster_can_reach_first() -> None:
    assert DATA_FORMS == "s3://bucket/path, pvc://claim/path, example:NAME or, on one machine, file:/path"
    assert STORE_FORMS == "s3://bucket/prefix, pvc://claim/prefix or file:/path"
    assert CLUSTER_STORE_FORMS == "s3://bucket/prefix or pvc://claim/prefix"
    assert CLUSTER_STORE_PREFIXES == "s3:// or pvc://"


def test_of_several_variables_the_first_that_is_set_counts() -> None:
    assert first_set(("A", "B", "C"), {"A": "", "B": "b", "C": "c"}) == "b"
    assert first_set(("A",), {}) == ""
