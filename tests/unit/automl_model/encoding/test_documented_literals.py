"""Every word for a missing value is documented."""

from automl_model.encoding.literals import MISSING
from builders.source_tree import ROOT


def test_every_word_for_a_missing_value_is_documented() -> None:
    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    assert [word for word in MISSING if word and f"`{word}`" not in text] == []
