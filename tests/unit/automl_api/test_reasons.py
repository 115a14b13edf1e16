"""The vocabulary explains every reason once for each place, in a form for tables."""

import re
from typing import get_args

import pytest

from automl_api import reasons
from automl_api.reasons.explanation import Explanation, Place
from automl_api.reasons.vocabulary import PLACES, all_reasons, explanations_of, failure_class_of
from automl_api.resources.experiment_status import State
from builders.source_tree import ROOT
from generation.reasons import with_reasons

OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
CONSTANTS = {word for name, word in vars(reasons).items() if name.isupper()}
ENTRIES = [(place, entry) for place in PLACES for entry in place.explanations]


def entry_id(value: Place | Explanation) -> str:
    """A test's id."""
    return value.name if isinstance(value, Place) else "-".join(value.reasons)


@pytest.mark.parametrize("reason", sorted(CONSTANTS))
def test_a_reason_is_explained(reason: str) -> None:
    assert list(explanations_of(reason))


def test_each_explained_reason_is_a_constant_a_state_or_kubernetes_own() -> None:
    foreign = {word for _, entry in ENTRIES if entry.foreign for word in entry.reasons}
    assert all_reasons() - foreign <= CONSTANTS | set(get_args(State))


@pytest.mark.parametrize("reason", sorted(all_reasons()))
def test_a_reason_is_kubernetes_own_everywhere_or_nowhere(reason: str) -> None:
    assert len({entry.foreign for _, entry in explanations_of(reason)}) == 1


@pytest.mark.parametrize(("place", "entry"), ENTRIES, ids=entry_id)
def test_an_explanation_is_a_row_with_a_remedy_in_a_sentence(place: Place, entry: Explanation) -> None:
    assert entry.reasons
    assert entry.meaning
    assert entry.remedy[0].isupper()
    assert entry.remedy.endswith(".")
    assert not {"|", "\n"} & {*entry.meaning, *entry.remedy, *entry.others}
    assert (entry.failure_class is not None) == (place.name == "Attempt")


@pytest.mark.parametrize("reason", sorted(all_reasons()))
def test_each_reason_of_failed_attempts_has_one_failure_class(reason: str) -> None:
    classes = {entry.failure_class for _, entry in explanations_of(reason) if entry.failure_class}
    assert classes == ({failure_class_of(reason)} if failure_class_of(reason) else set())


def test_the_page_for_administrators_has_every_reason() -> None:
    words = set(re.findall(r"\w+", with_reasons(OPERATIONS)))
    assert all_reasons() - words == set()


def test_a_table_that_was_changed_by_hand_is_regenerated() -> None:
    by_hand = OPERATIONS.replace("Run the command in the message.", "Ask somebody.")
    assert by_hand != OPERATIONS
    assert with_reasons(by_hand) == OPERATIONS


def test_a_page_without_the_markers_of_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="StoreReady"):
        with_reasons(OPERATIONS.replace("reasons of StoreReady", "words of StoreReady"))
