"""The words in files for missing values, true and false."""

MISSING = (
    # The texts that pandas.read_csv reads as missing, so that a user's own frame means the same as the file ...
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
    # ... and two more that are common and never anything else.
    "NaT", "?",
)  # fmt: skip
"""Texts that are a missing value in every column of a text format, after trimming, unless the user lists others."""

PLACEHOLDERS = (
    "-", "--", ".", "n.a.", "nil", "none", "missing", "unknown",
    "0000-00-00", "0000-00-00 00:00:00",  # MySQL's empty dates
)  # fmt: skip
"""Texts (in any case) that are missing values in columns of numbers and dates, but values in columns of categories."""

PAIRS = (("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"))
"""Texts (in any case) that make a column boolean, if it has both words of one pair and no others."""

TRUE = tuple(true for true, _ in PAIRS)
FALSE = tuple(false for _, false in PAIRS)
