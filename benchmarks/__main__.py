"""`python benchmarks [NAME ...]`: measure, keep the figures in benchmarks/results, and write docs/performance.md.

`cluster` means the benchmarks that need root and this machine's real cluster. Without names all others are measured.
Each benchmark runs in its own process, so that memory is measured separately, and the others go on after a failure.
"""

import argparse
import importlib
import subprocess
import sys
import time

import machine
import report
from figures import number
from results import Measured, write

BENCHMARKS = {
    "install": "install",
    "start": "start",
    "sleepers": "sleepers",
    "turnaround": "studies:turnaround",
    "occupancy": "occupancy",
    "budget": "budget",
    "prediction": "prediction",
    "search": "studies:search",
    "quality": "studies:quality",
    "honesty": "studies:honesty",
    "intervals": "studies:intervals",
    "memory": "operator_memory",
    "large": "large",
}
"""The benchmarks in the order of the page, with their functions: MODULE[:FUNCTION], by default `measure`."""
CLUSTER = {
    "cluster-start": "cluster_start",
    "cluster-sleepers": "cluster_sleepers",
    "cluster-load": "cluster_load",
}
"""The benchmarks on a real control plane."""
ALL = BENCHMARKS | CLUSTER


def main() -> int:
    """Run the benchmarks; returns the number of those that failed."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(ALL)}, or cluster")
    parser.add_argument("--quick", action="store_true", help="run each once with less work, to see that it works")
    parser.add_argument("--report", action="store_true", help="only write the page again")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - {*ALL, "cluster"}:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(ALL)}, and cluster")
    if chosen.alone:
        _measure(chosen.names[0], quick=chosen.quick)
        return 0
    wanted = [name for given in chosen.names for name in (CLUSTER if given == "cluster" else [given])]
    names = [] if chosen.report else wanted or list(BENCHMARKS)
    failed = [name for name in names if not _in_process(name, quick=chosen.quick)]
    report.write_page(list(ALL))
    print(f"written: {report.PAGE}")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


def _in_process(name: str, *, quick: bool) -> bool:
    print(f"{name} ...", flush=True)
    command = [sys.executable, __file__, name, "--alone", *(["--quick"] if quick else [])]
    return subprocess.run(command, check=False).returncode == 0


def _measure(name: str, *, quick: bool) -> None:
    about = machine.describe()
    began = time.monotonic()
    module, _, function = ALL[name].partition(":")
    found = getattr(importlib.import_module(module), function or "measure")(quick=quick)
    seconds = round(time.monotonic() - began, 1)
    write(Measured(name, quick, seconds, {**about, "load_after": machine.load()}, found))
    for claim in found.claims:
        verdict = {True: "holds", False: "DOES NOT HOLD", None: ""}[claim.holds]
        print(f"  {claim.claim}: {number(claim.median)} {claim.unit} {claim.target and f'({claim.target})'} {verdict}")


if __name__ == "__main__":
    sys.exit(main())
