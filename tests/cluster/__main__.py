"""All tests of the real cluster, on one cluster: `python tests/cluster`. They mostly wait, so some run in parallel.

Tests that serve the whole cluster, or take something from it, run alone.
"""

import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tools")]

from cluster import Cluster  # noqa: E402 - after the path of tools is known
from cluster.build import locked_at_once  # noqa: E402 - likewise
from cluster.errors import ToolError  # noqa: E402 - likewise
from cluster.layout import default_layout  # noqa: E402 - likewise
from images.build import build  # noqa: E402 - likewise

ALONE: Final = "alone"
BUSY: Final = (
    "the tests of the cluster already run on this machine; wait for their end, because there is one cluster only"
)
LANES: Final = {
    "failures": ("test_failures.py", "test_pools.py", "test_store_s3.py"),
    "lifecycle": ("test_lifecycle.py", "test_takeover.py", "test_user.py"),
}
"""Long tests by lane; all other tests make one more lane, which takes about as long as each of these."""


class Lane:
    """Tests that run one after the other in a process of their own, whose output is shown at its end."""

    def __init__(self, name: str, arguments: list[str], output: IO[str]) -> None:
        self._name = name
        self._output = output
        self._began = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "--durations=5", *arguments]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)

    def passes(self) -> bool:
        """Wait for the end and show the output; returns whether every test has passed."""
        code = self._process.wait()
        self._output.seek(0)
        sys.stdout.write(f"\n--- {self._name}: {time.monotonic() - self._began:.0f} s\n{self._output.read()}\n")
        sys.stdout.flush()
        return code == 0

    def end(self) -> None:
        """Interrupt the process, and wait until it has removed what it has set up."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()


def main() -> int:
    """Run all tests; returns 0 when every test has passed, and 2 where another run is using the cluster."""
    try:
        with locked_at_once(default_layout().cache / "tests.lock", BUSY):
            return _main()
    except ToolError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a command
        return 2


def _main() -> int:
    archives = build()
    with Cluster() as cluster:
        cluster.import_images(archives)
        passed = [
            _run({"cluster-wide": [str(HERE / "cluster_wide")]}),
            _run({lane: ["-m", f"not {ALONE}", *files] for lane, files in _lanes().items()}),
            _run({ALONE: ["-m", ALONE, str(HERE)]}),
        ]
    return 0 if all(passed) else 1


def _lanes() -> dict[str, list[str]]:
    """The files of each lane; together these are all files."""
    named = {name for files in LANES.values() for name in files}
    others = sorted(path.name for path in HERE.glob("test_*.py") if path.name not in named)
    return {lane: [str(HERE / name) for name in files] for lane, files in {**LANES, "others": others}.items()}


def _run(lanes: dict[str, list[str]]) -> bool:
    """Run lanes in parallel; returns whether all tests have passed."""
    with ExitStack() as stack:
        running = []
        for name, arguments in lanes.items():
            output = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
            running.append(Lane(name, arguments, output))
            stack.callback(running[-1].end)
        return not [lane for lane in running if not lane.passes()]


if __name__ == "__main__":
    sys.exit(main())
