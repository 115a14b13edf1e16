"""The errors of a cluster; their messages are for people.

ClusterError          a UserError: the command ends with exit code 2
  Unreachable           no answer for now: worth a retry
  Expired               a watch began too far in the past: get the object again, and watch from its version
  Exists                an object of that name exists already
  NotFound              the object does not exist
  NotInstalled          the API server does not know our kinds
  Forbidden             the user lacks a right
  ApiRefused            anything else that the API server does not accept
"""

from automl.errors import UserError


class ClusterError(UserError):
    """The cluster did not carry out a request; the message says why and what to do."""


class Unreachable(ClusterError):
    """The API server, or a pod, does not answer for now."""


class Expired(ClusterError):
    """A watch began too far in the past."""


class Exists(ClusterError):
    """An object of that name exists already."""


class NotFound(ClusterError):
    """There is no such object."""


class NotInstalled(ClusterError):
    """The API server does not know the kind: the operator was never installed."""


class Forbidden(ClusterError):
    """The user lacks a right."""


class ApiRefused(ClusterError):
    """The API server does not accept what was sent."""
