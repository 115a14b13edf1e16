"""The operator's requests to the API server, from the server's audit log."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cluster_bench import Bench
from figures import Table

WRITING = frozenset({"create", "update", "patch", "apply", "delete", "deletecollection"})


@dataclass(frozen=True)
class Write:
    """One request to change something; `at` is the time of its arrival in Unix seconds."""

    verb: str
    resource: str
    """`automltrials/status` for a subresource."""
    name: str
    """Empty in a create request, and where the server generates it."""
    at: float
    code: int


def writes(bench: Bench, since: float, until: float = float("inf")) -> list[Write]:
    """The operator's writes that arrived between two moments (unix seconds), in their order."""
    user = f"system:serviceaccount:{bench.installation.namespace}:"
    return sorted(
        (write for write in _read(_log(bench), user) if since <= write.at <= until), key=lambda write: write.at
    )


def table(found: Iterable[Write], trials: int) -> Table:
    """The number of writes of each kind of object, in total and for each trial."""
    counts = Counter((write.resource, write.verb) for write in found)
    rows = [
        [resource, verb, f"{count:,}", f"{count / trials:.3f}"] for (resource, verb), count in sorted(counts.items())
    ]
    return Table(["object", "verb", "writes", "for each trial"], rows)


def _log(bench: Bench) -> Path:
    return bench.cluster.layout.state / "audit" / "audit.log"


def _read(log: Path, user: str) -> Iterator[Write]:
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            # Most lines are others' reads, so the text is searched before it is parsed. The last may be incomplete.
            if user not in line or not line.endswith("}\n"):
                continue
            call = json.loads(line)
            if call["verb"] in WRITING and call["stage"] == "ResponseComplete":
                yield _write(call)


def _write(call: dict) -> Write:
    about = call.get("objectRef", {})
    resource = "/".join(filter(None, (about.get("resource", ""), about.get("subresource", ""))))
    arrived = datetime.fromisoformat(call["requestReceivedTimestamp"].replace("Z", "+00:00"))
    code = call.get("responseStatus", {}).get("code", 0)
    return Write(call["verb"], resource, about.get("name", ""), arrived.timestamp(), code)
