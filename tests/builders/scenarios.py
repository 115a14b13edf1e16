"""The example run with a claim and with a bucket at the same time; several test modules read the results."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from builders.s3_server import S3Server, s3_server
from builders.scenario import Scenario, Terminal, run_scenario
from builders.scoped_release import restricted_namespace
from cluster import Cluster
from cluster.layout import CONTROL_PLANE

CLAIM, BUCKET = "t1-claim", "t1-bucket"
SECRET = "keys"
QUICK = {"include": ["linear", "lightgbm"]}
"""Learners of the run with the bucket; the run with the claim has all, because a test compares it with a local run."""


@contextmanager
def namespaces(cluster: Cluster) -> Iterator[None]:
    """A namespace for each of the two runs."""
    with restricted_namespace(cluster, CLAIM), restricted_namespace(cluster, BUCKET):
        yield


@contextmanager
def run_scenarios(cluster: Cluster, folder: Path) -> Iterator[dict[str, Scenario]]:
    """Both finished scenarios by name; the bucket's server answers until the context ends."""
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
        runs = {
            "claim": threads.submit(run_scenario, claim, "adult"),
            "bucket": threads.submit(run_scenario, bucket, "adult", store=store, learners=QUICK),
        }
        yield {side: scenario.result() for side, scenario in runs.items()}


def _terminal(cluster: Cluster, namespace: str, folder: Path, server: S3Server | None = None) -> Terminal:
    """A user's terminal; with a server, the bucket's keys are in its environment."""
    (folder / namespace).mkdir()
    return Terminal(cluster, namespace, folder / namespace, server.credentials() if server else {})
