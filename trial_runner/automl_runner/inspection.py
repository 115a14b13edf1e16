"""Shows how `prepare` would read each column of a table, without preparing anything. `automl inspect` starts it.

It reads an experiment's spec from standard input and writes the answer to standard output. Errors that the user can
mend go to standard error, with the exit code 2.
"""

import json
import sys
from typing import Any

from automl_api.resources.experiment import ExperimentSpec
from automl_runner.data import Sources
from automl_runner.failures import WorkFailed
from automl_runner.prepare.prepare import look_at


def inspection(spec: ExperimentSpec) -> dict[str, Any]:
    """The kind of each column with some of its cells, and the warnings, as JSON. Raises WorkFailed."""
    looked = look_at(spec, Sources(store=spec.store))
    return {
        "target": spec.target,
        "encoding": looked.encoding,
        "rows": looked.rows,
        "columns": [profile.to_dict() for profile in looked.profiles],
        "warnings": [warning.whole for warning in looked.warnings],
    }


def main() -> int:
    """Answer on standard output; returns the exit code."""
    spec = ExperimentSpec.read_json(sys.stdin.buffer.read())
    try:
        answer = inspection(spec)
    except WorkFailed as failed:
        sys.stderr.write(f"{failed.message}\n")
        return 2
    json.dump(answer, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
