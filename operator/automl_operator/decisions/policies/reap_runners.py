"""The removal of ended runners."""

from automl_operator.decisions.facts.pending_runners import is_refused, refused_runners, refused_until
from automl_operator.decisions.state.actions import Action, StopRunner
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import RunnerState


def reap_runners(context: Context) -> list[Action]:
    """Remove ended runners, except those that show why runners fail.

    A runner that failed without work is kept until some result succeeds. After a few such runners the experiment fails,
    instead of starting runners for ever. A lost runner does not count while another is at work. A runner that the
    cluster refuses keeps its place for a while, because another would be refused as well.
    """
    succeeded = any(pending.result.outcome == "succeeded" for pending in context.broker.pending_results)
    at_work = any(lease.runner in context.alive for lease in context.broker.leases)
    harmless = {None, "infrastructure"} if at_work else {None}
    return [
        StopRunner(runner.name, "it has ended")
        for runner in context.snapshot.runners
        if runner.phase == "ended" and not is_refused(runner) and (succeeded or _failure_class(runner) in harmless)
    ] + _replaced(context)


def _replaced(context: Context) -> list[Action]:
    """Remove runners that were refused some time ago, so that others can be tried."""
    return [
        StopRunner(runner.name, "it was refused, and another is tried")
        for runner in refused_runners(context)
        if (until := refused_until(runner)) is not None and until <= context.now
    ]


def _failure_class(runner: RunnerState) -> str | None:
    return runner.ending.failure_class if runner.ending is not None else None
