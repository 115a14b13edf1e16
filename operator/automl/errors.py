"""What can go wrong for a user, as exceptions of the Python API and exit codes of the command.

AutoMLError
  UserError     the question, the data or the place is at fault, and the message says what to do    exit code 2
  RunFailed     the run failed through no fault of the user                                          exit code 1
  TimedOut      waiting has ended before what was waited for                                         exit code 1
  Aborted       the user ended the run; the same call goes on from there                             exit code 130
"""


class AutoMLError(Exception):
    """Anything that ends a call without a model."""

    exit_code = 1


class UserError(AutoMLError):
    """The question, the data or the place is at fault; the message names it and says what to do."""

    exit_code = 2


class RunFailed(AutoMLError):
    """The run failed through no fault of the user; the message says where the log is."""


class TimedOut(AutoMLError):
    """What was waited for goes on, and is waited for no longer."""


class Aborted(AutoMLError):
    """The user ended the run before anything was published; the same call goes on from there."""

    exit_code = 130
