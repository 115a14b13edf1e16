"""Run `automl fit` as a user does, in a process of its own; read its output with times, and its records."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
from processes import Sample, sample

AUTOML = Path(sys.executable).with_name("automl")
BEGAN = re.compile(r"began (\w+), attempt")
ENDED = re.compile(r"(succeeded|failed|cancelled)\b.* after [\d.]+ s$")


@dataclass(frozen=True)
class Line:
    """A line of the output, and the seconds since the process was started."""

    seconds: float
    text: str


@dataclass(frozen=True)
class Fit:
    """A finished `automl fit`."""

    folder: Path
    seconds: float
    """The time from the start of the process to its end."""
    lines: list[Line]
    samples: list[Sample]


@dataclass(frozen=True)
class Span:
    """An ended assignment: its id, its kind, its begin and end (time.time()), and its outcome."""

    assignment: str
    kind: str
    began: float
    ended: float
    outcome: str

    @property
    def seconds(self) -> float:
        """Its duration."""
        return self.ended - self.began


def fit(
    arguments: Iterable[str],
    folder: Path,
    *,
    sample_every: float = 0.0,
    memory: bool = False,
    interrupt: Callable[[str], bool] | None = None,
) -> Fit:
    """Run it to its end; send SIGINT at each line for which `interrupt` is true. Raises SystemExit if it fails."""
    command = [str(AUTOML), "fit", *arguments, "--out", str(folder)]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines: list[Line] = []

    def listen() -> None:
        assert process.stdout is not None
        for text in process.stdout:
            lines.append(Line(time.monotonic() - began, text.rstrip("\n")))
            if interrupt and interrupt(lines[-1].text):
                process.send_signal(signal.SIGINT)

    listener = threading.Thread(target=listen)
    listener.start()
    samples = _samples(process, sample_every, memory=memory)
    code = process.wait()
    seconds = time.monotonic() - began
    listener.join()
    if code:
        raise SystemExit(f"{' '.join(command)} ended with {code}:\n" + "\n".join(line.text for line in lines))
    return Fit(folder, seconds, lines, samples)


def _samples(process: subprocess.Popen[str], every: float, *, memory: bool) -> list[Sample]:
    samples: list[Sample] = []
    if every:
        root = psutil.Process(process.pid)
        while process.poll() is None:
            samples.append(sample(root, time.time(), memory=memory))
            time.sleep(every)
    return samples


def spans(folder: Path) -> list[Span]:
    """Every ended assignment in the runners' logs. Lines that are not JSON were printed by a child."""
    begun: dict[str, float] = {}
    kinds: dict[str, str] = {}
    found = []
    for log in sorted((folder / "log").glob("*.log")):
        for line in log.read_text(errors="replace").splitlines():
            entry = json.loads(line) if line.startswith("{") else {"message": ""}
            if began := BEGAN.match(entry["message"]):
                begun[entry["assignment"]] = _seconds(entry)
                kinds[entry["assignment"]] = began[1]
            elif ended := ENDED.match(entry["message"]):
                id_ = entry["assignment"]
                found.append(Span(id_, kinds[id_], begun[id_], _seconds(entry), ended[1]))
    return found


def only(kind: str, folder: Path) -> Span:
    """The only assignment of a kind: prepare or finalize."""
    found = [span for span in spans(folder) if span.kind == kind]
    if len(found) != 1:
        raise SystemExit(f"there were {len(found)} assignments of the kind {kind}; expected 1")
    return found[0]


def _seconds(entry: dict[str, str]) -> float:
    return datetime.fromisoformat(entry["time"]).timestamp()


def trials(folder: Path) -> list[dict[str, Any]]:
    """The records of a run's trials."""
    return [json.loads(path.read_text()) for path in sorted((folder / "world" / "trials").glob("*.json"))]
