"""The name that a mistyped name stands for."""

import pytest

from automl_api.did_you_mean import closest, did_you_mean

NAMES = ("time", "maxTrials", " Churn ")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        pytest.param("tme", "time", id="a letter is missing"),
        pytest.param("TIME", "time", id="in capitals"),
        pytest.param("maxtrial", "maxTrials", id="capitals are missing"),
        pytest.param(" churn", " Churn ", id="spaces around a name do not matter"),
        pytest.param("banana", "", id="nothing is close"),
    ],
)
def test_the_closest_name_is_found_whatever_its_case(given: str, name: str) -> None:
    assert closest(given, NAMES) == name


def test_a_hint_is_a_sentence_of_its_own_or_nothing() -> None:
    assert did_you_mean("tme", NAMES) == ' Did you mean "time"?'
    assert did_you_mean("banana", NAMES) == ""
    assert did_you_mean("tme", ()) == ""
