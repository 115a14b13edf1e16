"""The example run with a claim and with a bucket at the same time; several test modules read the results."""

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from builders.s3_server import S3Server, s3_server
from builders.scenario import ROWS, SMALL, Scenario, Terminal, run_scenario
from builders.scoped_release import restricted_namespace
from cluster import Cluster
from cluster.layout import CONTROL_PLANE

CLAIM, BUCKET = "t1-claim", "t1-bucket"
SECRET = "keys"
TEST_ROWS = 1_000
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
            "bucket": threads.submit(
                run_scenario, bucket, "adult", store=store, learners=QUICK, evaluation=_with_test_rows(server)
            ),
        }
        yield {side: scenario.result() for side, scenario in runs.items()}


def _with_test_rows(server: S3Server) -> dict[str, Any]:
    """Two folds, and rows to test on in a bucket, which is read with the store's Secret."""
    with gzip.open(ROWS, "rt", encoding="utf-8") as rows:
        text = "".join(islice(rows, 1 + TEST_ROWS))
    address = f"{server.make_bucket('exam')}/test.csv"
    with server.filesystem().open_output_stream("exam/test.csv") as file:
        file.write(text.encode())
    return {**SMALL["evaluation"], "test": {"uri": address}}


def _terminal(cluster: Cluster, namespace: str, folder: Path, server: S3Server | None = None) -> Terminal:
    """A user's terminal; with a server, the bucket's keys are in its environment."""
    (folder / namespace).mkdir()
    return Terminal(cluster, namespace, folder / namespace, server.credentials() if server else {})
