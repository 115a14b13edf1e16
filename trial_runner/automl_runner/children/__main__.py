"""`python -m automl_runner.children ROLE FD PARENT`: started by the agent, never by people."""

import os
import sys

from automl_runner.children.serve import serve
from automl_runner.children.work import program
from automl_runner.mounts import Mounts

if __name__ == "__main__":
    serve(sys.argv[1:], program(Mounts.read(os.environ)))
