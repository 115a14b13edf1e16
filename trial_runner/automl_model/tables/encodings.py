"""Detects a text's encoding. UTF-8 and byte order marks are certain; all else is an assumption, which is reported.

Every byte is read, because a single name in row 40,000 may decide. A wrong guess would train on garbled categories.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from automl_api.encodings import encoding_name
from automl_model.tables.byte_statistics import ByteStatistics, first_strange_line, gather, is_binary
from automl_model.tables.errors import TableError
from automl_model.tables.languages import Family, Fit, fit_of
from automl_model.tables.options import ReadOptions

Chunks = Callable[[], Iterable[bytes]]
"""Yields all bytes of a file, each time that it is called."""

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CODECS: dict[str, Family] = {
    "cp1252": "western", "cp1250": "central", "cp1251": "cyrillic", "cp1254": "turkish", "iso8859_15": "western",
    "iso8859_2": "central", "iso8859_9": "turkish", "cp1253": "greek", "iso8859_7": "greek", "cp1257": "baltic",
    "koi8_r": "cyrillic", "cp1255": "hebrew", "cp1256": "arabic", "cp874": "thai", "mac_roman": "western",
    "cp850": "western", "cp852": "central", "cp866": "cyrillic",
}  # fmt: skip
"""Encodings of single bytes, each with the languages that it is for; the more usual ones come first."""
_ASIAN = ("cp932", "gb18030", "big5", "cp949", "euc_jp")
_RARE = frozenset({"cp874", "cp1255", "cp1256", "mac_roman", "cp850", "cp852", "cp866", *_ASIAN})
_WORD = re.compile(r"[A-Za-z\u0080-\uffff]*[\u0080-\uffff][A-Za-z\u0080-\uffff]*")
_MOST_STRANGE = 0.5
_CLEARLY = 0.05


@dataclass(frozen=True)
class Encoding:
    """A text's codec, by Python's name.

    assumed: the codec was guessed. example: a decoded word. others: other codecs that are possible.
    """

    codec: str = ""
    assumed: bool = False
    example: str = ""
    others: tuple[str, ...] = ()


NO_TEXT = Encoding()
"""The encoding of a format that is not text."""


def known_encoding(name: str) -> str:
    """Python's own name for a text encoding. Raises TableError for any other name."""
    try:
        return encoding_name(name)
    except ValueError as error:
        raise TableError(str(error)) from error


def encoding_of(first: bytes, chunks: Chunks, name: str, options: ReadOptions) -> Encoding:
    """The encoding of a text, from its first bytes and then from all of them.

    Raises TableError for a binary file, an encoding that cannot be detected, and a text not in the given encoding.
    """
    given = known_encoding(options.encoding) if options.encoding else ""
    marked = _marked(first)
    if marked and given in ("", "utf-8", "utf-8-sig", "utf-16"):
        return Encoding(marked)
    if given:
        return _given(chunks, name, given)
    if is_binary(chunks()):
        raise TableError(f"{name} is a binary file, not a table; give a csv, parquet, arrow or json lines file")
    line = first_strange_line(chunks(), "utf-8")
    if not line:
        return Encoding("utf-8")
    evidence = gather(chunks(), _ASIAN)
    usual = _of_training(options.usual)
    if usual and not first_strange_line(chunks(), usual):
        return _as_usual(evidence, usual, name, line)
    return _assumed(evidence, name, line)


def _of_training(named: str) -> str:
    """The training data's encoding if new rows without a mark may use it; else empty, also for an unknown name."""
    try:
        known = encoding_name(named) if named else ""
    except ValueError:
        return ""
    return "" if known.startswith("utf") else known


def _given(chunks: Chunks, name: str, codec: str) -> Encoding:
    if line := first_strange_line(chunks(), codec):
        raise TableError(
            f"{name}, line {line}: this is not {codec}; give another data.encoding, or leave it out to have it detected"
        )
    return Encoding(codec)


def as_text(encoding: Encoding, name: str, *, example: bool = True) -> str:
    """The message about an assumed encoding, with a decoded word; empty for an encoding that is certain."""
    if not encoding.assumed:
        return ""
    shown = f' (for example "{encoding.example}")' if encoding.example and example else ""
    others = f" (it may be {' or '.join(encoding.others)})" if encoding.others else ""
    return f"{name} is not UTF-8 and is read as {encoding.codec}{shown}; if that is wrong, set data.encoding{others}"


def _marked(first: bytes) -> str:
    return next((codec for bom, codec in _BOMS if first.startswith(bom)), "") or _utf16_without_bom(first)


def _as_usual(evidence: ByteStatistics, usual: str, name: str, line: int) -> Encoding:
    """The training data's encoding; it is certain only if the detected encoding reads the same text."""
    try:
        found = _assumed(evidence, name, line)
    except TableError:
        return Encoding(usual, assumed=True, example=_example(evidence, usual))
    same = _text(evidence, found.codec) == _text(evidence, usual)
    others = () if same else (found.codec,)
    return Encoding(usual, assumed=not same, example=_example(evidence, usual), others=others)


@dataclass(frozen=True)
class _Candidate:
    codec: str
    chaos: float
    coherence: float
    fit: Fit
    order: int

    @property
    def likelihood(self) -> tuple[float, ...]:
        """The sort key, best first: fit of words to languages; usual and Western encodings; the detector's scores."""
        fit, elsewhere = self.fit, _CODECS.get(self.codec) != "western"
        by_words = (fit.strange, fit.seldom, self.codec in _RARE, elsewhere, fit.foreign, fit.language)
        return (*by_words, round(self.chaos / _CLEARLY), -round(self.coherence, 1))

    @property
    def rank(self) -> tuple[float, ...]:
        """The sort key that breaks ties by how usual an encoding is."""
        return (*self.likelihood, self.order)


def _assumed(evidence: ByteStatistics, name: str, line: int) -> Encoding:
    distinct = _of_other_text(evidence, sorted(_candidates(evidence), key=lambda candidate: candidate.rank))
    likely = [candidate for candidate in distinct if candidate.fit.strange <= _MOST_STRANGE]
    undecided = [found for found in likely if found.codec in _ASIAN and found.likelihood == likely[0].likelihood]
    if not likely or len(undecided) > 1:
        may_be = ", ".join(codecs.lookup(found.codec).name for found in (undecided or distinct)[:3])
        raise TableError(
            f"{name}: its encoding cannot be detected (line {line} is not UTF-8{may_be and '; it may be '}{may_be}); save it"
            " as UTF-8 and try again, or give its encoding as data.encoding"
        )
    best = likely[0]
    others = [codecs.lookup(found.codec).name for found in likely[1:] if found.fit.strange == best.fit.strange]
    return Encoding(codecs.lookup(best.codec).name, True, _example(evidence, best.codec), tuple(others[:2]))


def _candidates(evidence: ByteStatistics) -> list[_Candidate]:
    """The codecs that read every byte, with a detector's scores and the fit to languages of their texts."""
    from charset_normalizer import from_bytes

    possible = [codec for codec in _CODECS if evidence.read_by(codec)] + [c for c in _ASIAN if c in evidence.several]
    matches = from_bytes(
        b"\n".join(evidence.lines),
        cp_isolation=possible,
        threshold=1.0,
        preemptive_behaviour=False,
        enable_fallback=False,
    )
    seen = {codec: match for match in matches for codec in match.could_be_from_charset}
    return [
        _Candidate(
            codec,
            seen[codec].chaos if codec in seen else 1.0,
            seen[codec].coherence if codec in seen else 0.0,
            _fit(evidence, codec),
            order,
        )
        for order, codec in enumerate(possible)
    ]


def _fit(evidence: ByteStatistics, codec: str) -> Fit:
    if codec in _ASIAN:
        text = _text(evidence, codec)
        return fit_of(list(dict.fromkeys(_WORD.findall(text))), "asian")
    return fit_of([word.decode(codec, errors="replace") for word in evidence.words], _CODECS[codec])


def _of_other_text(evidence: ByteStatistics, candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The candidates, without any that reads the same text as an earlier one."""
    by_text: dict[str, _Candidate] = {}
    for candidate in candidates:
        by_text.setdefault(_text(evidence, candidate.codec), candidate)
    return list(by_text.values())


def _text(evidence: ByteStatistics, codec: str) -> str:
    return b"\n".join(evidence.lines).decode(codec, errors="replace")


def _example(evidence: ByteStatistics, codec: str) -> str:
    words = evidence.lines if codec in _ASIAN else evidence.words
    return next(iter(words), b"").decode(codec, errors="replace").strip()[:40]


def _utf16_without_bom(first: bytes) -> str:
    """The UTF-16 codec of bytes without a byte order mark, or an empty string.

    Western text in UTF-16 has a zero in every second byte.
    """
    values = np.frombuffer(first[: len(first) // 2 * 2], np.uint8).reshape(-1, 2)
    if not len(values):
        return ""
    zero_first, zero_second = (values == 0).mean(axis=0)
    if zero_second > 0.5 and zero_first < 0.05:
        return "utf-16-le"
    if zero_first > 0.5 and zero_second < 0.05:
        return "utf-16-be"
    return ""
