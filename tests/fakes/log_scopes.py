"""What a log handler is told, with the scope that each line was written in."""

import logging

from automl_operator.kube.telemetry.scope import current


def scoped_lines(handler: logging.Handler) -> list[tuple[str, dict[str, str]]]:
    """The list that each line of the handler is added to from now on: its message, and what it is about."""
    lines: list[tuple[str, dict[str, str]]] = []

    def noted(record: logging.LogRecord) -> bool:
        lines.append((record.getMessage(), dict(current())))
        return True

    handler.addFilter(noted)
    return lines
