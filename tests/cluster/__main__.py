"""All tests of the real cluster, on one cluster: `python tests/cluster`. They mostly wait, so that some run side by side.

Nothing runs beside what serves, or takes something from, the whole cluster.
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
from images.build import build  # noqa: E402 - likewise

ALONE: Final = "alone"
LANES: Final = {
    "failures": ("test_failures.py", "test_pools.py", "test_store_s3.py"),
    "lifecycle": ("test_lifecycle.py", "test_takeover.py", "test_user.py"),
}
"""Those that take long; all others are one more lane, which takes about as long as each of these."""


class Lane:
    """Tests that run one after the other, in a process of their own; what it prints is shown at its end."""

    def __init__(self, name: str, arguments: list[str], said: IO[str]) -> None:
        self._name = name
        self._said = said
        self._began = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "--durations=5", *arguments]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)

    def is_well(self) -> bool:
        """Wait for its end and show what it said; returns whether every test has passed."""
        code = self._process.wait()
        self._said.seek(0)
        sys.stdout.write(f"\n--- {self._name}: {time.monotonic() - self._began:.0f} s\n{self._said.read()}\n")
        sys.stdout.flush()
        return code == 0

    def end(self) -> None:
        """Have it end now, and take down what it has set up."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()


def main() -> int:
    """0 when every test has passed."""
    archives = build()
    with Cluster() as cluster:
        cluster.import_images(archives)
        well = [
            _run({"cluster-wide": [str(HERE / "cluster_wide")]}),
            _run({lane: ["-m", f"not {ALONE}", *files] for lane, files in _lanes().items()}),
            _run({ALONE: ["-m", ALONE, str(HERE)]}),
        ]
    return 0 if all(well) else 1


def _lanes() -> dict[str, list[str]]:
    """The files of each lane; together they are all."""
    named = {name for files in LANES.values() for name in files}
    others = sorted(path.name for path in HERE.glob("test_*.py") if path.name not in named)
    return {lane: [str(HERE / name) for name in files] for lane, files in {**LANES, "others": others}.items()}


def _run(lanes: dict[str, list[str]]) -> bool:
    """Run lanes side by side; returns whether all is well."""
    with ExitStack() as stack:
        running = []
        for name, arguments in lanes.items():
            said = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
            running.append(Lane(name, arguments, said))
            stack.callback(running[-1].end)
        return not [lane for lane in running if not lane.is_well()]


if __name__ == "__main__":
    sys.exit(main())
