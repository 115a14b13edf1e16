"""The time from a fresh clone to a command that works."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from figures import Claim, Found

ROOT = Path(__file__).parent.parent
GOAL = ".venv-demo/.wheel"


def measure(*, quick: bool) -> Found:
    """Clone the last commit, and install with empty caches; then install again with the cache of the first install."""
    cold, warm, size = [], [], 0
    for _ in range(1 if quick else 3):
        with tempfile.TemporaryDirectory(prefix="bench-install-") as name:
            clone, cache = Path(name) / "clone", Path(name) / "uv"
            git = shutil.which("git") or "git"
            subprocess.run([git, "clone", "--quiet", str(ROOT), str(clone)], check=True)
            environment = {**os.environ, "UV_CACHE_DIR": str(cache), "PIP_NO_CACHE_DIR": "1"}
            cold.append(_make(clone, environment))
            size = _size(cache)
            shutil.rmtree(clone / ".venv-demo")
            warm.append(_make(clone, environment))
    return Found(
        claims=(
            Claim(
                f"install on a fresh machine: `make {GOAL}` in a fresh clone, nothing cached", "s", cold, "< 3 min", 180
            ),
            Claim("the environment again, out of uv's cache: no package index", "s", warm),
        ),
        notes=(
            f"uv's cache holds {size / 1e6:,.0f} MB after the first install.",
            "The two lines differ by the cost of the package index, the network, unpacking, and installing uv itself.",
        ),
        raw={"cache_bytes": size},
    )


def _make(clone: Path, environment: dict[str, str]) -> float:
    begun = time.monotonic()
    command = ["make", "--no-print-directory", GOAL]
    done = subprocess.run(command, check=False, cwd=clone, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed in a fresh clone:\n{done.stdout}{done.stderr}")
    return time.monotonic() - begun


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
