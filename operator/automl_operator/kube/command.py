"""Runs the operator's process: sets up logging and signals, and returns the exit code."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Final

from prometheus_client import disable_created_metrics

from automl_operator.kube.api.access import Access, NoAccess
from automl_operator.kube.api.errors import ApiError
from automl_operator.kube.process import Process
from automl_operator.kube.settings import OperatorSettings
from automl_operator.kube.telemetry.logs import logging_to
from automl_operator.kube.tls import NoCertificate

GRACE_SECONDS: Final = 4.5
"""The process ends within five seconds of SIGTERM, even when something hangs."""
FAILED: Final = 1

_log = logging.getLogger(__name__)


def serve(settings: OperatorSettings, kubeconfig: str, version: str) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # they would be a second series for each counter
    with logging_to(settings.log):
        _log.info("automl-operator %s starts", version)
        try:
            asyncio.run(_serve(Process(settings, Access(kubeconfig=kubeconfig), version, _end_at_once)))
        except (NoAccess, NoCertificate, ApiError, OSError) as error:
            _log.critical("cannot start: %s", error)
        except BaseExceptionGroup as group:
            for leaf in _leaves(group):
                _log.critical("%s: %s", type(leaf).__name__, leaf, exc_info=leaf)
        else:
            _log.info("automl-operator has ended")
            return 0
        return FAILED


async def _serve(process: Process) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _ask_to_end, stop, number)
    await process.run(stop)


def _ask_to_end(stop: asyncio.Event, number: signal.Signals) -> None:
    _log.info("%s: stopping", number.name)
    stop.set()
    watchdog = threading.Timer(
        GRACE_SECONDS, _end_at_once, [f"it did not end within {GRACE_SECONDS:g} s of {number.name}"]
    )
    watchdog.daemon = True
    watchdog.start()


def _end_at_once(why: str) -> None:
    """End without another write, because another process may lead already. All state is in the cluster."""
    _log.critical("ending at once: %s", why)
    sys.stderr.flush()
    os._exit(FAILED)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
