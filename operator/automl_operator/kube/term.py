"""Which term the answers of a process carry; runners refuse one that falls."""

from automl_api.kinds import EXPERIMENTS
from automl_operator.kube.api.api import Api
from automl_operator.kube.api.revision import revision


async def term_of_the_only_process(api: Api, namespaces: tuple[str, ...]) -> int:
    """The API server's revision at our start, for a process that needs no Lease. Raises ApiError.

    A revision never falls; a clock might, on the node that a restarted operator comes to. Terms of a Lease are
    revisions, too, so that leader election can be turned on and off while runners are at work.
    """
    listing = await api.list(EXPERIMENTS, namespaces[0] if namespaces else None)
    return revision(listing.resource_version)
