"""The example walked with a claim and with a bucket, side by side: what both tests of it and of its rest look at."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from builders.s3_server import S3Server, s3_server
from builders.scenario import Scenario, Terminal, travel
from builders.scoped_release import restricted_namespace
from cluster import Cluster
from cluster.layout import CONTROL_PLANE

CLAIM, BUCKET = "t1-claim", "t1-bucket"
SECRET = "keys"
QUICK = {"include": ["linear", "lightgbm"]}
"""The bucket's learners: what is compared with a local run has them all."""


@contextmanager
def namespaces(cluster: Cluster) -> Iterator[None]:
    """A namespace for each of the two."""
    with restricted_namespace(cluster, CLAIM), restricted_namespace(cluster, BUCKET):
        yield


@contextmanager
def both_ways(cluster: Cluster, folder: Path) -> Iterator[dict[str, Scenario]]:
    """Both scenarios by name; the bucket's server answers until the context ends."""
    with ExitStack() as stack:
        server = stack.enter_context(s3_server(folder / "s3", address=CONTROL_PLANE))
        store = {
            "uri": f"{server.make_bucket('automl')}/experiments",
            "endpoint": server.endpoint,
            "region": server.region,
            "secretRef": {"name": SECRET},
        }
        claim, bucket = _terminal(cluster, CLAIM, folder), _terminal(cluster, BUCKET, folder, server)
        literals = [f"--from-literal={key}={value}" for key, value in server.credentials().items()]
        bucket.kubectl("create", "secret", "generic", SECRET, *literals)
        threads = stack.enter_context(ThreadPoolExecutor(2))
        walked = {
            "claim": threads.submit(travel, claim, "adult"),
            "bucket": threads.submit(travel, bucket, "adult", store=store, learners=QUICK),
        }
        yield {side: scenario.result() for side, scenario in walked.items()}


def _terminal(cluster: Cluster, namespace: str, folder: Path, server: S3Server | None = None) -> Terminal:
    """A user who has the bucket's keys in the environment, where there is a bucket."""
    (folder / namespace).mkdir()
    return Terminal(cluster, namespace, folder / namespace, server.credentials() if server else {})
