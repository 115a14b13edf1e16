"""`automl wait`: print an experiment's progress until its end, and exit by its result."""

import json
import sys
import time
from collections.abc import Callable

from automl.cluster.api import Cluster
from automl.cluster.connection import connect
from automl.cluster.errors import Forbidden, NotFound
from automl.cluster.following import Away, Follower, Seen, following
from automl.cluster.progress import failure_message, is_over, news, opening_line, plan_lines, status_line, success_lines
from automl.cluster.stored import existing, read_object
from automl.errors import Aborted, RunFailed, TimedOut
from automl.invocation import command_name
from automl.progress_display import Display, display_for
from automl.result import result_of
from automl_api.kinds import PLANS
from automl_api.names import plan_name
from automl_api.quantities import format_duration, parse_duration
from automl_api.resources import Experiment, Plan

TICK_SECONDS = 1.0


def wait_command(name: str, timeout: str | None, context: str | None, namespace: str | None, *, as_json: bool) -> None:
    """Follow an experiment to its end. Raises AutoMLError: exit code 1 where it failed, 2 where it does not exist."""
    seconds = _seconds(timeout)
    cluster = connect(context, namespace)
    display = display_for(sys.stderr if as_json else sys.stdout, time.monotonic)
    watcher = Watcher(cluster, name, display, time.monotonic)
    try:
        experiment = watcher.follow(seconds)
    except KeyboardInterrupt:
        stop = f"{command_name()} stop {name}{cluster.place.flags}"
        raise Aborted(f"no longer watching; {name} goes on in the cluster ({stop} ends it)") from None
    finally:
        display.close()
    if as_json:
        print(json.dumps(summary(experiment)))
    if experiment.status.state == "Failed":
        raise RunFailed(failure_message(experiment))
    download = f"{command_name()} download {name}{cluster.place.flags} --out {name}"
    for line in success_lines(experiment, download):
        display.line(line)


def summary(experiment: Experiment) -> dict[str, object]:
    """An ended experiment as one JSON object: the keys of `automl fit --json`, its namespace, state and conditions."""
    return result_of(experiment) | {
        "namespace": experiment.metadata.namespace,
        "state": experiment.status.state,
        "conditions": experiment.status.to_dict()["conditions"],
    }


class Watcher:
    """Follows one experiment and prints what is new. `clock` in seconds."""

    def __init__(self, cluster: Cluster, name: str, display: Display, clock: Callable[[], float]) -> None:
        self._cluster = cluster
        self._name = name
        self._display = display
        self._clock = clock
        self._seen: Experiment | None = None
        self._seen_at = clock()
        self._away = ""
        self._plan_shown = False

    def follow(self, seconds: float | None, tick: float = TICK_SECONDS) -> Experiment:
        """The experiment at its end. Raises TimedOut, NotFound and other errors of the cluster."""
        started = self._clock()
        self._take(read_object(Experiment, existing(self._cluster, self._name)))
        with following(self._cluster, self._name, tick) as follower:
            while self._seen is None or not is_over(self._seen):
                if seconds is not None and self._clock() - started >= seconds:
                    raise TimedOut(self._still_going(seconds))
                self._handle_event(follower, tick)
        return self._seen

    def _handle_event(self, follower: Follower, tick: float) -> None:
        match follower.next_event(tick):
            case Seen(None):
                raise NotFound(f"{self._name} was deleted")
            case Seen(experiment):
                assert experiment is not None
                self._take(read_object(Experiment, experiment))
            case Away(why):
                self._lose(why)
        self._show()

    def _take(self, experiment: Experiment) -> None:
        if self._away:
            self._display.line("the API server answers again")
            self._away = ""
        before, self._seen, self._seen_at = self._seen, experiment, self._clock()
        if before is None:
            place = f"namespace {self._cluster.place.namespace} of context {self._cluster.place.context}"
            self._display.line(opening_line(experiment, place))
        elif before.metadata.uid != experiment.metadata.uid:
            raise NotFound(f"{self._name} was deleted, and another one was created by that name")
        self._show_plan(experiment)
        for line in news(before, experiment):
            self._display.line(line)

    def _show_plan(self, experiment: Experiment) -> None:
        """Print the plan's lines once, as soon as there is a plan; or a line that the user may not read plans."""
        if self._plan_shown or not experiment.status.metric:
            return
        self._plan_shown = True
        try:
            stored = self._cluster.get(PLANS, plan_name(experiment.metadata.name, experiment.metadata.uid))
        except Forbidden as error:
            self._display.line(f"the facts about the data are not shown: {error}")
            return
        if stored is not None:
            for line in plan_lines(experiment, read_object(Plan, stored).spec):
                self._display.line(line)

    def _lose(self, why: str) -> None:
        if not self._away:
            self._display.line(f"{why.partition(';')[0]}; trying again")
        self._away = why

    def _show(self) -> None:
        if self._seen is None or is_over(self._seen):
            return
        since = self._clock() - self._seen_at
        if self._away:
            self._display.status(f"the API server does not answer, trying again, {format_duration(since)}")
        else:
            self._display.status(status_line(self._seen, since))

    def _still_going(self, seconds: float) -> str:
        assert self._seen is not None
        return f"{self._name} is still {self._seen.status.state} after {format_duration(seconds)}; it continues"


def _seconds(timeout: str | None) -> int | None:
    import click

    if timeout is None:
        return None
    try:
        return parse_duration(timeout)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--timeout") from error
