"""Names of text encodings: the form in which users may write them, and the check that Python can read them."""

import codecs

ENCODING_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$"
ENCODING_HINT = (
    "give data.encoding as utf-8, cp1252, cp1250 or iso8859-15, for example, or leave it out to have it detected"
)
_NOT_OF_FILES = frozenset({"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "mbcs", "oem"})


def encoding_name(name: str) -> str:
    """Python's own name of a text encoding. Raises ValueError for any other name."""
    try:
        info = codecs.lookup(name)
        "a".encode(info.name)
        known = info.name.replace("-", "_") not in _NOT_OF_FILES
    except (LookupError, UnicodeError, ValueError):
        known = False
    if not known:
        raise ValueError(f'"{name}" is not an encoding that Python knows; {ENCODING_HINT}')
    return info.name
