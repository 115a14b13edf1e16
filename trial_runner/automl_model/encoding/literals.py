"""How files spell what is missing, true and false."""

MISSING = (
    # What pandas.read_csv takes for missing, so that a user's own frame means what the file means ...
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
    # ... and two more that are common and never anything else.
    "NaT", "?",
)  # fmt: skip
"""Texts that are a missing value in every column of a text format, after trimming, unless the user lists others."""

PLACEHOLDERS = (
    "-", "--", ".", "n.a.", "nil", "none", "missing", "unknown",
    "0000-00-00", "0000-00-00 00:00:00",  # MySQL's dates of nothing
)  # fmt: skip
"""Texts (in any case) that are a missing value among numbers and dates; among categories they are one."""

PAIRS = (("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"))
"""Texts (in any case) that make a column boolean, when it has both words of one pair and no others."""

TRUE = tuple(true for true, _ in PAIRS)
FALSE = tuple(false for _, false in PAIRS)
