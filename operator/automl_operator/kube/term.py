"""Which term the answers of a process carry; runners refuse one that falls."""

import time
from typing import Final

from automl_api.kinds import EXPERIMENTS
from automl_operator.kube.api.api import Api

LEASE_TERMS_BEGIN: Final = 1 << 52
"""Above every revision: terms rise, too, where leader election is turned on while runners are at work."""


async def term_of_the_only_process(api: Api, namespaces: tuple[str, ...]) -> int:
    """The API server's revision at our start, for a process that needs no Lease. Raises ApiError.

    A revision never falls; a clock might, on the node that a restarted operator comes to. A server whose revisions are
    no numbers (Kubernetes promises numbers since 1.35, KEP-5504) leaves us nothing but the time.
    """
    listing = await api.list(EXPERIMENTS, namespaces[0] if namespaces else None)
    revision = listing.resource_version
    return int(revision) if revision.isdecimal() else int(time.time())
