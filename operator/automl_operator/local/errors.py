"""Why a run on this machine is refused; every one of them is the user's to put right.

RunRefused
  LockedByAnother    another process works in the same folder
  OtherSpec      the folder holds the run of another question
  NotARun            the folder holds something else, or nothing
  FolderUnusable     the folder cannot be written: permissions, a full disk
"""

import errno


class RunRefused(Exception):
    """A run that cannot begin or go on; the message says where, why and what to do."""


class LockedByAnother(RunRefused):
    """Another process works in the same folder."""


class OtherSpec(RunRefused):
    """The folder holds the run of another question."""


class NotARun(RunRefused):
    """The folder holds something else than a run, or nothing."""


class FolderUnusable(RunRefused):
    """The folder cannot be written."""


def unusable(folder: object, error: OSError) -> FolderUnusable:
    """The refusal that an OSError in a run's folder amounts to."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FolderUnusable(
            f"the disk of {folder} is full; what is finished is kept: make room and give the same command again"
        )
    return FolderUnusable(f"{folder} cannot be written ({error.strerror or error}); choose another folder with --out")
