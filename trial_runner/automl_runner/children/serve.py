"""The entry point of child programs, which run as a zygote or as a spawned child."""

import faulthandler
import signal
from collections.abc import Sequence

from automl_runner.children.parentage import tie_to_parent
from automl_runner.children.program import Program
from automl_runner.children.spawned import serve_spawned
from automl_runner.children.victims import prefer_this_process
from automl_runner.children.zygote import Zygote


def serve(arguments: Sequence[str], program: Program) -> None:
    """Serve the agent on the socket whose file descriptor it passed; arguments: ROLE FD PARENT."""
    role, descriptor, parent = arguments[0], int(arguments[1]), int(arguments[2])
    tie_to_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    if role == "zygote":
        Zygote(descriptor, program).run()
    else:
        prefer_this_process()
        serve_spawned(descriptor, program)
