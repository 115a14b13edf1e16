"""What can be wrong with a file of rows. Messages say what, where and what to do; all are the user's to mend.

TableError
└── TableMissing
"""


class TableError(ValueError):
    """The file is no table that can be read."""


class TableMissing(TableError):
    """There is no such file, or it may not be read."""
