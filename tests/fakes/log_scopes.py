"""Log lines together with the scope that each was written in."""

import logging

from automl_operator.kube.telemetry.scope import current


def scoped_lines(handler: logging.Handler) -> list[tuple[str, dict[str, str]]]:
    """A list that gets the message and the scope of each line that the handler receives from now on."""
    lines: list[tuple[str, dict[str, str]]] = []

    def noted(record: logging.LogRecord) -> bool:
        lines.append((record.getMessage(), dict(current())))
        return True

    handler.addFilter(noted)
    return lines
