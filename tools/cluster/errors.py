"""The one error of the test cluster."""


class ClusterError(Exception):
    """What could not be done, where, and what to do about it."""
