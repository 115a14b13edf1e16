"""The output of runners, copied while they live: their pods are deleted as soon as their work is handed in."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster import Cluster

RETRY_SECONDS = 0.5


class RunnerLogs:
    """A file for each pod of a namespace, written until the pod is gone."""

    def __init__(self, cluster: Cluster, namespace: str, folder: Path) -> None:
        self._folder = folder
        self._kubectl = [str(cluster.program("kubectl")), f"--kubeconfig={cluster.kubeconfig}", f"-n={namespace}"]
        self._closed = threading.Event()
        self._followers: dict[str, subprocess.Popen[str]] = {}
        self._threads: list[threading.Thread] = []
        self._watch = subprocess.Popen(
            [*self._kubectl, "get", "pods", "--watch", "--output=name"], stdout=subprocess.PIPE, text=True
        )
        self._start(self._discover)

    def _start(self, work: Callable[..., None], *arguments: str) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _discover(self) -> None:
        assert self._watch.stdout is not None
        known: set[str] = set()
        for name in map(str.strip, self._watch.stdout):
            if name not in known:
                known.add(name)
                self._start(self._follow, name)

    def _follow(self, name: str) -> None:
        """Copy the log until the container has ended or the pod is gone; before its start kubectl fails or prints nothing.

        Each attempt begins with the first line, and overwrites the lines of the attempt before.
        """
        path = self._folder / f"{name.rpartition('/')[2]}.log"
        path.touch()
        while not self._closed.is_set():
            with path.open("r+b") as file:
                follower = subprocess.Popen(
                    [*self._kubectl, "logs", "--follow", name], stdout=file, stderr=subprocess.PIPE, text=True
                )
            self._followers[name] = follower
            _, error = follower.communicate()
            if (follower.returncode == 0 and path.stat().st_size) or "NotFound" in error:
                return
            self._closed.wait(RETRY_SECONDS)

    def texts(self) -> dict[str, str]:
        """The output so far, by pod."""
        return {file.stem: file.read_text(errors="replace") for file in sorted(self._folder.glob("*.log"))}

    def close(self) -> None:
        """Stop the copying."""
        self._closed.set()
        self._watch.terminate()
        self._watch.wait()
        self._threads[0].join()
        for follower in self._followers.values():
            follower.terminate()
        for thread in self._threads:
            thread.join()
        assert self._watch.stdout is not None
        self._watch.stdout.close()


@contextmanager
def runner_logs(cluster: Cluster, namespace: str, folder: Path) -> Iterator[RunnerLogs]:
    """Copy the logs of all pods of a namespace inside the context."""
    folder.mkdir(parents=True)
    logs = RunnerLogs(cluster, namespace, folder)
    try:
        yield logs
    finally:
        logs.close()
