"""The grammar of addresses."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_api.schemes import uri_pattern
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
def test_what_is_no_address_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(ValueError, match=r"write s3://bucket/path"):
        parse_uri(text)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_every_absolute_path_survives_the_way_through_an_address(path: str) -> None:
    text = file_uri("/" + path)
    assert parse_uri(text).path == "/" + path
    assert re.match(uri_pattern("data"), text)


def test_a_relative_path_has_no_file_address() -> None:
    with pytest.raises(ValueError, match="not an absolute path"):
        file_uri("my.csv")
