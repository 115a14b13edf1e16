"""Terms of texts in any language: equal where people see the same word, and independent of the texts around them."""

# ruff: noqa: RUF001 - letters of other scripts look alike

import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_model.terms.ngrams import Analyser, TermCounts, term_counts
from automl_model.text_column import TextColumn

LANGUAGES = {
    "English": "The quick brown fox", "German": "Der Fuß der Brücke", "Russian": "съешь ещё этих булок",
    "Greek": "ξεσκεπάζω την ψυχοφθόρα", "Arabic": "نص حكيم له سر قاطع", "Hebrew": "דג סקרן שט בים", "Persian": "می\u200cخواهم بروم",
    "Hindi": "ऋषियों को सताने वाले", "Tamil": "யாமறிந்த மொழிகளிலே", "Chinese": "我能吞下玻璃而不伤身体", "Japanese": "いろはにほへとちりぬるを",
    "Korean": "키스의 고유조건은", "Thai": "เป็นมนุษย์สุดประเสริฐ", "Khmer": "ខ្ញុំអាចញ៉ាំកញ្ចក់", "Burmese": "ကျွန်တော် ကျွန်မ မှန်စားနိုင်တယ်",
    "Georgian": "მინას ვჭამ", "Amharic": "ሰማይ አይታረስ", "emojis": "😀 👩\u200d👩\u200d👧 ❤\ufe0f 🏳\ufe0f\u200d🌈", "Vietnamese": "Tôi có thể ăn thủy tinh",
}  # fmt: skip


def counted(texts: list[str], analyser: Analyser = "words", longest: int = 2, most: int = 20_000) -> TermCounts:
    (counts,) = term_counts(TextColumn.of(texts), analyser, longest, most)
    return counts


def terms(text: str, analyser: Analyser = "words", longest: int = 1) -> set[int]:
    return set(counted([text], analyser, longest).buckets.tolist())


@pytest.mark.parametrize("analyser", ["words", "characters"])
@pytest.mark.parametrize("text", LANGUAGES.values(), ids=LANGUAGES)
def test_every_language_has_terms_that_its_parts_share(text: str, analyser: Analyser) -> None:
    begin = text[: len(text) * 2 // 3]
    assert terms(text, analyser) & terms(begin, analyser)
    others = set().union(*(terms(other, analyser) for other in LANGUAGES.values() if other != text))
    assert terms(text, analyser) - others


SAME = {
    "upper case": ("Ärger", "ÄRGER"),
    "composed and combining accents": (unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café")),
    "wide letters": ("ＡＢＣ", "abc"),
    "marks of direction": ("\u200fשלום\u200e", "שלום"),
    "variations of an emoji": ("❤", "❤\ufe0f"),
    "a soft hyphen": ("post\u00adman", "postman"),
    "punctuation around": ("«word»!", "word"),
    "a zero byte": ("\0word\0", "word"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_spellings_of_a_word_are_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other) != set()


WORDS = {
    "words": ("one two", 2, 3), "a word with its accents": ("naïve", 1, 1), "a number": ("3.14", 1, 2),
    "emojis": ("😀😀🎉", 1, 2), "Chinese letters alone, in pairs and threes": ("我能吞", 2, 6),
    "Chinese letters alone": ("我能吞", 1, 3), "a Thai letter with its vowel": ("ที่", 1, 1), "nothing": ("", 2, 0),
    "spaces": (" \t\n", 2, 0), "punctuation": ("?!...", 2, 0), "a mark alone": ("\u0301", 1, 1), "repeated": ("a a a", 2, 2),
}  # fmt: skip


@pytest.mark.parametrize(("text", "longest", "count"), WORDS.values(), ids=WORDS)
def test_the_number_of_terms_of_words(text: str, longest: int, count: int) -> None:
    assert len(terms(text, "words", longest)) == count


def test_runs_of_characters_stay_inside_words() -> None:
    assert terms("ab cd", "characters") == terms("ab", "characters") | terms("cd", "characters")
    assert terms("cd   ab", "characters") == terms("ab\ncd", "characters")
    assert len(terms("abc", "characters")) == len({" ab", "abc", "bc ", " abc", "abc ", " abc "})


@given(st.lists(st.text(max_size=30), max_size=8), st.sampled_from(["words", "characters"]))
@settings(max_examples=60, deadline=None)
def test_the_terms_of_a_row_do_not_depend_on_other_rows(texts: list[str], analyser: Analyser) -> None:
    together = list(term_counts(TextColumn.of(texts), analyser, 2, 20_000))
    rows = [
        dict(zip(*(part[block.starts[k] : block.starts[k + 1]].tolist() for part in (block.buckets, block.counts)), strict=True))
        for block in together
        for k in range(len(block))
    ]  # fmt: skip
    alone = [counted([text], analyser) for text in texts]
    assert rows == [dict(zip(one.buckets.tolist(), one.counts.tolist(), strict=True)) for one in alone]


def test_blocks_follow_each_other_without_loss() -> None:
    column = TextColumn.of([f"word{k}" for k in range(10_000)])
    blocks = list(term_counts(column, "words", 1, 20_000))
    assert len(blocks) > 1
    assert np.concatenate([np.diff(block.starts) for block in blocks]).tolist() == [1] * 10_000


def test_only_the_first_characters_count() -> None:
    assert (counted(["one two"], most=3).buckets == counted(["one"]).buckets).all()


def test_a_cell_of_a_megabyte_has_terms() -> None:
    assert len(counted(["x" * 1_000_000 + " end"], most=2_000_000).buckets) == 3


def test_terms_are_the_same_in_every_process() -> None:
    """Models know terms by these numbers, so they must never change."""
    assert sorted(terms("cat 猫 😀", "words", 2)) == [358361, 609406, 771407, 975361, 992089]
    done = subprocess.run(
        [sys.executable, "-c", _SHOWN], check=True, capture_output=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert done.stdout.decode().split() == [str(bucket) for bucket in sorted(terms("cat 猫", "characters"))]


_SHOWN = """
from automl_model.terms.ngrams import term_counts
from automl_model.text_column import TextColumn
(counts,) = term_counts(TextColumn.of(["cat \u732b"]), "characters", 1, 100)
print(*sorted(counts.buckets.tolist()))
"""
