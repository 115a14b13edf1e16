"""`python -m automl_runner.children ROLE FD PARENT`: started by the agent, never by people."""

import os
import sys
from pathlib import Path

from automl_runner.children.serve import serve
from automl_runner.children.work import program

if __name__ == "__main__":
    serve(sys.argv[1:], program(Path(os.environ.get("AUTOML_CACHE_DIRECTORY") or Path.home() / ".cache" / "automl")))
