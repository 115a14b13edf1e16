"""The errors of a run that is refused on this machine. Only the user can remove their causes.

RunRefused
  LockedByAnother    another process works in the same folder
  OtherSpec          the folder holds a run with another spec
  NotARun            the folder holds no run, but something else or nothing
  FolderUnusable     the folder cannot be written: permissions, a full disk
"""

import errno


class RunRefused(Exception):
    """A run cannot start or continue; the message says where, why and what to do."""


class LockedByAnother(RunRefused):
    """Another process works in the same folder."""


class OtherSpec(RunRefused):
    """The folder holds a run with another spec."""


class NotARun(RunRefused):
    """The folder holds no run, but something else or nothing."""


class FolderUnusable(RunRefused):
    """The folder cannot be written."""


def unusable(folder: object, error: OSError) -> FolderUnusable:
    """The RunRefused for an OSError in a run's folder."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FolderUnusable(
            f"the disk of {folder} is full; what is finished is kept: make room and run the same command again"
        )
    return FolderUnusable(f"{folder} cannot be written ({error.strerror or error}); choose another folder with --out")
