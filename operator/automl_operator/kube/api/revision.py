"""The API server's revisions as numbers that never fall, whoever asks and whatever was deleted in between."""

import time


def revision(resource_version: str) -> int:
    """A resourceVersion as a number: all objects of a server count on together.

    A server whose revisions are no numbers (Kubernetes promises numbers since 1.35, KEP-5504) leaves us nothing but
    the time, in unix seconds.
    """
    return int(resource_version) if resource_version.isdecimal() else int(time.time())
