"""The one error of the test cluster."""


class ToolError(Exception):
    """Something failed; the message says what, where, and what to do about it."""
