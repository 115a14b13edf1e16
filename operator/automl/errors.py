"""The errors that a user can meet: exceptions of the Python API, and exit codes of the command.

AutoMLError
  UserError     the question, the data or the place is at fault, and the message says what to do    exit code 2
  RunFailed     the run failed through no fault of the user                                          exit code 1
  TimedOut      the wait has timed out; the experiment itself goes on                                exit code 1
  Aborted       the user ended the run; the same call goes on from there                             exit code 130
"""


class AutoMLError(Exception):
    """An error that ends a call without a model."""

    exit_code = 1


class UserError(AutoMLError):
    """The question, the data or the place is at fault; the message names it and says what to do."""

    exit_code = 2


class RunFailed(AutoMLError):
    """The run failed through no fault of the user; the message says where the log is."""


class TimedOut(AutoMLError):
    """The wait has timed out; the experiment itself goes on."""


class Aborted(AutoMLError):
    """The user ended the run before anything was published; the same call goes on from there."""

    exit_code = 130
