"""The category of what is said of new rows, so that a program can turn it off, or into an error."""


class ReadingWarning(UserWarning):
    """Something in the rows was not read as it stands; the message names the column, a cell and what was done."""
