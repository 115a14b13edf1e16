"""Starts a run in a folder, or continues the one that the folder holds."""

from datetime import datetime
from uuid import uuid4

from automl_api.resources import Experiment
from automl_api.resources.experiment_status import WorkStatus
from automl_operator.decisions.state.trial_transitions import reopen
from automl_operator.local.errors import NotARun, OtherSpec
from automl_operator.local.files import TEMPORARY_PREFIX
from automl_operator.local.records import RunRecords
from automl_operator.local.run_folder import RunFolder
from automl_operator.local.spec_changes import differences, with_changes


def check_place(place: RunFolder) -> None:
    """Raise NotARun for a folder that holds something else. Call it before anything is written there."""
    if place.root.is_file():
        raise NotARun(f"{place.root} is a file; choose a folder with --out")
    if not place.is_run() and not place.is_free():
        raise NotARun(f"{place.root} is not empty and holds no run; choose another folder with --out")


def open_run(place: RunFolder, requested: Experiment, now: datetime) -> RunRecords:
    """The run with this spec in this folder, whose lock the caller holds.

    An unfinished run continues, a failed one is tried again, a complete one stays as it is.
    Raises NotARun, OtherSpec, OSError.
    """
    check_place(place)
    _sweep(place)
    if not place.is_run():
        return RunRecords.create(place, _new_experiment(requested, now))
    records = RunRecords.load(place)
    stored = records.experiment
    if differing := differences(stored.spec, requested.spec):
        if stored.status.state == "Failed" and records.plan is None:
            return RunRecords.create(place, _new_experiment(requested, now))
        raise OtherSpec(
            f"{place.root} holds a run with another spec: {'; '.join(differing)}; choose another folder with --out"
        )
    if stored.status.state == "Complete":
        return records
    if stored.status.state == "Failed":
        _try_again(records)
    renewed = _renewed(stored, requested)
    if renewed != stored:
        records.write_spec(renewed)
    return records


def _new_experiment(requested: Experiment, now: datetime) -> Experiment:
    metadata = requested.metadata.replace(uid=str(uuid4()), generation=1, creation_timestamp=now)
    return requested.replace(metadata=metadata)


def _renewed(stored: Experiment, requested: Experiment) -> Experiment:
    """The stored experiment with the mutable fields of the new spec. A failed one is Pending again."""
    spec = with_changes(stored.spec, requested.spec)
    if spec != stored.spec:
        metadata = stored.metadata.replace(generation=stored.metadata.generation + 1)
        stored = stored.replace(metadata=metadata, spec=spec)
    if stored.status.state != "Failed":
        return stored
    status = stored.status.replace(
        state="Pending", completed_at=None, conditions=(), prepare=WorkStatus(), finalize=WorkStatus()
    )
    return stored.replace(status=status)


def _try_again(records: RunRecords) -> None:
    """Make failed trials continue: the disk space or memory that they lacked may be there now."""
    for trial in records.trials:
        status = reopen(trial.status)
        if status != trial.status:
            records.write_trial(trial.replace(status=status))


def _sweep(place: RunFolder) -> None:
    """Remove the leftovers of a killed process: half-written files and its runners' tokens."""
    for directory in (place.world, place.trials, place.data):
        for left in directory.glob(f"{TEMPORARY_PREFIX}*"):
            left.unlink(missing_ok=True)
    for token in place.runtime.glob("*.token"):
        token.unlink(missing_ok=True)
