"""Errors in a file of rows, which the user can mend. Messages say what is wrong, where, and what to do.

TableError
└── TableMissing
"""


class TableError(ValueError):
    """The file is not a readable table."""


class TableMissing(TableError):
    """The file does not exist, or may not be read."""
