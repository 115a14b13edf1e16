"""Tells similar encodings apart: it checks whether decoded words look like words of a language.

A general detector compares letter frequencies, and a column of names has too few letters for that. But "Łódź" in the
wrong encoding is "£ódŸ", which nobody writes: one such word decides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Family = Literal["western", "central", "turkish", "baltic", "cyrillic", "greek", "hebrew", "arabic", "thai", "asian"]

ALPHABETS: tuple[tuple[Family, str], ...] = (
    ("western", "äöüßé"),  # German
    ("western", "àâæçéèêëîïôœùûüÿ"),  # French
    ("western", "áéíñóúü"),  # Spanish
    ("western", "ãáàâçéêíóôõú"),  # Portuguese
    ("western", "àèéìíîòóùú"),  # Italian
    ("western", "åäöæøéšž"),  # Danish, Finnish, Norwegian, Swedish
    ("central", "ąćęłńóśźż"),  # Polish
    ("turkish", "çğıİöşüâîû"),
    ("central", "áäčďéěíĺľňóôŕřšťúůýž"),  # Czech, Slovak
    ("central", "áéíóöőúüű"),  # Hungarian
    ("western", "ëïéèöü"),  # Dutch
    ("western", "àçèéíïòóúü"),  # Catalan
    ("central", "ăâîşţ"),  # Romanian
    ("central", "čćđšž"),  # Croatian, Slovene
    ("central", "äöüß"),  # German beside them
    ("baltic", "ąčęėįšųūž"),  # Lithuanian
    ("baltic", "āčēģīķļņšūž"),  # Latvian
    ("baltic", "äöõüšž"),  # Estonian
    ("western", "áéíóúýþæðö"),  # Icelandic
)
"""The letters of each language beyond ASCII, in lower case; languages with many texts come first."""

_SELDOM = frozenset({"áéíóúýþæðö"})
"""Alphabets whose words are more likely another language's text, read wrongly."""
_NEVER = {"ãáàâçéêíóôõú": re.compile("õ(?!e)", re.I), "àèéìíîòóùú": re.compile("[àèìòù](?=[a-z])", re.I)}
"""Spellings that a language with these letters never has: Portuguese õ comes before e, Italian accents come last."""
_SCRIPTS: dict[Family, tuple[tuple[int, int], ...]] = {
    "cyrillic": ((0x400, 0x52F),),
    "greek": ((0x370, 0x3FF),),
    "hebrew": ((0x590, 0x5FF),),
    "arabic": ((0x600, 0x6FF),),
    "thai": ((0xE00, 0xE7F),),
    "asian": ((0x3000, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7A3), (0xFF01, 0xFF60)),
}
_BETWEEN = "‘’–—·\xa0"  # noqa: RUF001 - symbols as texts have them
_BEFORE = _BETWEEN + "«“”„‚…•¿¡§©°µ"  # noqa: RUF001 - symbols as texts have them
_AFTER = _BETWEEN + "»“”…•²³°®™ªº"
_SYMBOLS = {
    (True, True): _BETWEEN,
    (False, True): _BEFORE,
    (True, False): _AFTER,
    (False, False): _BEFORE + _AFTER + "€£¥$¢µ±×÷½¼¾¹№",  # noqa: RUF001 - likewise
}
"""The symbols that occur in each place. Keys: True if a letter comes before, and True if a letter comes after."""


@dataclass(frozen=True)
class Fit:
    """The fit of words to a family of languages.

    strange, seldom, foreign: the shares of words that do not fit any language, any common language, the best language.
    language: the best language's place in ALPHABETS.
    """

    strange: float
    seldom: float
    foreign: float
    language: int


def fit_of(words: Sequence[str], family: Family) -> Fit:
    """The fit of a text's distinct words with letters beyond ASCII to a family of languages."""
    if family in _SCRIPTS:
        strange = sum(not (well_formed(word) and _of_script(word, family)) for word in words) / max(1, len(words))
        return Fit(strange, 0.0, strange, len(ALPHABETS))
    written = [word for word in words if well_formed(word)]
    known = [place for place, (of_family, _) in enumerate(ALPHABETS) if of_family == family]
    spelled = {place: [_spelled(word, ALPHABETS[place][1]) for word in written] for place in known}
    best = max(known, key=lambda place: (sum(spelled[place]), -place))
    count = max(1, len(words))

    def unspelled(places: list[int]) -> float:
        """The share of words that none of these languages spells like this."""
        return 1 - sum(any(of_word) for of_word in zip(*(spelled[place] for place in places), strict=True)) / count

    common = [place for place in known if ALPHABETS[place][1] not in _SELDOM]
    return Fit(unspelled(known), unspelled(common), 1 - sum(spelled[best]) / count, best)


def well_formed(word: str) -> bool:
    """True when symbols and capitals occur only where words have them."""
    if len(word) == 1 and word.isalpha() and not (word.islower() or _in_ranges(word, _SCRIPTS["asian"])):
        return False
    return all(map(_stands, f" {word}", word, f"{word[1:]} "))


def _stands(before: str, letter: str, after: str) -> bool:
    if letter.isascii() or letter.isalpha():
        return letter.isascii() or not (letter.isupper() and before.islower())
    allowed = _SYMBOLS[before.isalpha(), after.isalpha()]
    return letter in allowed or _in_ranges(letter, _SCRIPTS["asian"])


def _spelled(word: str, alphabet: str) -> bool:
    letters = {letter for letter in word if letter.isalpha() and not letter.isascii()}
    never = _NEVER.get(alphabet)
    known = all(letter in alphabet or letter.lower() in alphabet for letter in letters)
    return known and not (never and never.search(word))


def _of_script(word: str, family: Family) -> bool:
    """True when all letters of a word are of the script; Asian words may have Latin capitals."""
    if any(letter.isascii() and (family != "asian" or letter.islower()) for letter in word if letter.isalpha()):
        return False
    return all(letter.isascii() or _in_ranges(letter, _SCRIPTS[family]) for letter in word if letter.isalpha())


def _in_ranges(letter: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= ord(letter) <= high for low, high in ranges)
