"""The category of warnings about new rows, so that a program can silence them or turn them into errors."""


class ReadingWarning(UserWarning):
    """Some cells were not read as written; the message names the column and a cell, and says how it was read."""
