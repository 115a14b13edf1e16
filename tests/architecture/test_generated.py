"""Generated files are committed, and equal what the generator would write now."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_generated_files_equal_what_the_generator_writes() -> None:
    done = subprocess.run(
        [sys.executable, "tools/generate.py", "--check"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
