"""A cluster for tests of the user's side: objects in memory, pods that are folders, and a real shell in them."""

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from automl.cluster.api import ClusterContext, CommandChannel, Ended, Object
from automl.cluster.errors import ClusterError, Exists, NotFound
from automl.cluster.transfer_pod import MOUNT
from automl_api.kinds import CLAIMS, EXPERIMENTS, PODS, Kind

RUNNING: Object = {"phase": "Running", "containerStatuses": [{"ready": True, "state": {"running": {}}}]}


class FakeUserCluster:
    """One namespace. Each `get` of a pod takes the next of `pod_statuses`; the last one stays."""

    def __init__(self, root: Path, flags: str = "") -> None:
        self.place = ClusterContext("here", "team", flags)
        self.root = root
        self.pod_statuses: list[Object] = [RUNNING]
        self.refusals: dict[str, list[ClusterError]] = {}
        """Errors of the next calls, by method (`get`) or by method and kind (`get pods`)."""
        self.pods_made: list[Object] = []
        self.dry_runs: list[Object] = []
        self._objects: dict[tuple[str, str], Object] = {}
        self._history: list[tuple[tuple[str, str], int, Object | None]] = []
        self._version = 0
        self._changed = threading.Condition()
        self._hung_up = 0

    def get(self, kind: Kind, name: str) -> Object | None:
        self._answer("get", kind)
        with self._changed:
            found = self._objects.get((kind.plural, name))
            if found is not None and kind is PODS:
                found["status"] = self.pod_statuses.pop(0) if len(self.pod_statuses) > 1 else self.pod_statuses[0]
            return deepcopy(found)

    def list(self, kind: Kind) -> Sequence[Object]:
        self._answer("list", kind)
        with self._changed:
            return [deepcopy(found) for (plural, _), found in self._objects.items() if plural == kind.plural]

    def apply(self, kind: Kind, body: Object, *, dry_run: bool = False) -> Object:
        self._answer("apply", kind)
        if dry_run:
            self.dry_runs.append(body)
            return body
        with self._changed:
            old = self._objects.get((kind.plural, body["metadata"]["name"]))
            return self._put(kind, _merged(old or {}, body), old)

    def create(self, kind: Kind, body: Object) -> Object:
        self._answer("create", kind)
        name = body["metadata"]["name"]
        with self._changed:
            if (kind.plural, name) in self._objects:
                raise Exists(f"{kind.word} {name} exists already")
            if kind is PODS:
                self.pods_made.append(body)
            if kind is CLAIMS:
                (self.root / name).mkdir(parents=True, exist_ok=True)
            return self._put(kind, deepcopy(body), None)

    def patch(self, kind: Kind, name: str, body: Object) -> Object:
        self._answer("patch", kind)
        with self._changed:
            old = self._objects.get((kind.plural, name))
            if old is None:
                raise NotFound(f"there is no {kind.word} {name}")
            return self._put(kind, _merged(old, body), old)

    def delete(self, kind: Kind, name: str) -> None:
        self._answer("delete", kind)
        with self._changed:
            if self._objects.pop((kind.plural, name), None) is not None:
                if kind is CLAIMS:
                    shutil.rmtree(self.root / name)
                self._remember((kind.plural, name), None)

    def watch(self, kind: Kind, name: str, version: str, seconds: int) -> Iterator[Object | None]:
        self._answer("watch", kind)
        seen, hung_up, deadline = int(version), self._hung_up, time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._changed:
                self._changed.wait_for(partial(self._has_news, seen, hung_up), 0.05)
                news = [(at, state) for key, at, state in self._history if key == (kind.plural, name) and at > seen]
                if self._hung_up != hung_up:
                    return
            for at, state in news:
                seen = at
                yield deepcopy(state)

    def run(self, pod: str, command: Sequence[str]) -> CommandChannel:
        self._answer("run", PODS)
        spec = self._objects[PODS.plural, pod]["spec"]
        claim = spec["volumes"][0]["persistentVolumeClaim"]["claimName"]
        return ShellChannel([part.replace(MOUNT, str(self.root / claim)) for part in command])

    def refuse(self, method: str, *errors: ClusterError) -> None:
        """Let the next calls of a method raise these errors, one each."""
        self.refusals.setdefault(method, []).extend(errors)

    def begin_to_delete(self, kind: Kind, name: str) -> None:
        """Mark an object as being deleted, as when a finalizer still holds it."""
        with self._changed:
            self._objects[kind.plural, name]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    def hang_up(self) -> None:
        """End every watch."""
        with self._changed:
            self._hung_up += 1
            self._changed.notify_all()

    def write_status(self, name: str, status: Object) -> None:
        """Write an experiment's status, as the operator does."""
        self.patch(EXPERIMENTS, name, {"status": status})

    def names(self, kind: Kind) -> Sequence[str]:
        """Names of the objects of a kind."""
        return [name for plural, name in self._objects if plural == kind.plural]

    def _answer(self, method: str, kind: Kind) -> None:
        for asked in (method, f"{method} {kind.plural}"):
            if self.refusals.get(asked):
                raise self.refusals[asked].pop(0)

    def _has_news(self, seen: int, hung_up: int) -> bool:
        return self._version > seen or self._hung_up != hung_up

    def _put(self, kind: Kind, new: Object, old: Object | None) -> Object:
        if old is not None and {**old, "metadata": {}} == {**new, "metadata": {}}:
            return deepcopy(old)
        known: dict[str, Any] = old["metadata"] if old else {"uid": f"uid-{self._version}", "generation": 0}
        changed = old is None or old.get("spec") != new.get("spec")
        new["metadata"] |= {
            "namespace": self.place.namespace,
            "uid": known["uid"],
            "generation": known["generation"] + changed,
            "resourceVersion": str(self._version + 1),
        }
        key = (kind.plural, new["metadata"]["name"])
        self._objects[key] = new
        self._remember(key, deepcopy(new))
        return deepcopy(new)

    def _remember(self, key: tuple[str, str], state: Object | None) -> None:
        self._version += 1
        self._history.append((key, self._version, state))
        self._changed.notify_all()


class ShellChannel:
    """A command as a process of this machine."""

    def __init__(self, command: Sequence[str]) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)

    def write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)

    def read(self) -> bytes:
        assert self._process.stdout is not None
        return self._process.stdout.read(65536) or b""

    def ended(self) -> Ended:
        assert self._process.stderr is not None
        while self.read():
            pass
        errors = self._process.stderr.read() or b""
        return Ended(self._process.wait(), errors.decode().strip())

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()
        self._process.wait()


def _merged(old: Object, patch: Object) -> Object:
    """A JSON merge patch (RFC 7396)."""
    new = deepcopy(old)
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        else:
            new[key] = _merged(new.get(key) or {}, value) if isinstance(value, dict) else deepcopy(value)
    return new
