"""Quantities as Kubernetes writes them."""

from decimal import Decimal

import pytest

from automl_operator.kube.quantities import parse_quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", "0"),
        ("2", "2"),
        ("1.5", "1.5"),
        ("500m", "0.5"),
        ("3k", "3000"),
        ("1M", "1000000"),
        ("1G", "1000000000"),
        ("1E", "1000000000000000000"),
        ("1Ki", "1024"),
        ("4Gi", str(4 * 2**30)),
        ("1Ei", str(2**60)),
        ("1e3", "1000"),
        ("12E2", "1200"),
        ("1e-3", "0.001"),
    ],
)
def test_a_quantity_is_a_number(text, number):
    assert parse_quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "Gi", "-1", "1gi", "1 Gi", "1Gib", "0x10", "1e", "1.", ".5", "1e1000", "²"])
def test_an_invalid_quantity_is_refused_with_examples(text):
    with pytest.raises(ValueError, match="write for example"):
        parse_quantity(text)
