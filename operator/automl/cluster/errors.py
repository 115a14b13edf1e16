"""What a cluster can answer instead of what was asked, in words for people.

ClusterError          a UserError: the command ends with exit code 2
  Unreachable           no answer, or none for now: worth another try
  Expired               a watch began too far in the past: look again, and watch from there
  Exists                there is one of that name already
  NotFound              what is to be changed is not there
  NotInstalled          the API server does not know our kinds
  Forbidden             you may not
  ApiRefused               anything else that the API server does not accept
"""

from automl.errors import UserError


class ClusterError(UserError):
    """The cluster does not do what was asked; the message says why and what to do."""


class Unreachable(ClusterError):
    """The API server, or a pod, does not answer for now."""


class Expired(ClusterError):
    """A watch began too far in the past."""


class Exists(ClusterError):
    """There is an object of that name already."""


class NotFound(ClusterError):
    """There is no such object."""


class NotInstalled(ClusterError):
    """The API server does not know the kind: the operator was never installed."""


class Forbidden(ClusterError):
    """The user lacks a right."""


class ApiRefused(ClusterError):
    """The API server does not accept what was sent."""
