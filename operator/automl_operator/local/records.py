"""Stores the objects of one run as JSON files, with copies in memory. The folder's lock keeps the copies valid."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self, TypeVar

from pydantic import ValidationError

from automl_api import failpoints
from automl_api.base import Model
from automl_api.resources import Experiment, Plan, PublishedModel, Trial
from automl_operator.local.errors import NotARun
from automl_operator.local.files import TEMPORARY_PREFIX, make_private, write_atomically
from automl_operator.local.run_folder import RunFolder

T = TypeVar("T", bound=Model)

CREATE_EXPERIMENT = failpoints.declare("world.create-experiment")
WRITE_EXPERIMENT_SPEC = failpoints.declare("world.write-experiment-spec")
WRITE_EXPERIMENT_STATUS = failpoints.declare("world.write-experiment-status")
CREATE_PLAN = failpoints.declare("world.create-plan")
CREATE_TRIAL = failpoints.declare("world.create-trial")
WRITE_TRIAL_STATUS = failpoints.declare("world.write-trial-status")
CREATE_MODEL = failpoints.declare("world.create-model")


class RunRecords:
    """The stored objects of one experiment. A write that raises OSError changes nothing."""

    def __init__(
        self,
        place: RunFolder,
        experiment: Experiment,
        plan: Plan | None = None,
        trials: tuple[Trial, ...] = (),
        model: PublishedModel | None = None,
    ) -> None:
        self._place = place
        self._trials = _by_index(trials)
        self.trials = tuple(self._trials.values())
        """The trials by index. The tuple is rebuilt at each write, because reads are more frequent."""
        self.experiment = experiment
        self.plan = plan
        self.model = model

    @classmethod
    def create(cls, place: RunFolder, experiment: Experiment) -> Self:
        """Start a run: create its folder and store its experiment."""
        make_private(place.trials)
        for left in (place.plan, place.model, *place.trials.iterdir()):
            left.unlink(missing_ok=True)
        write_atomically(place.experiment, _text(experiment), CREATE_EXPERIMENT)
        return cls(place, experiment)

    @classmethod
    def load(cls, place: RunFolder) -> Self:
        """Read a run from its folder. Raises NotARun when there is none, or when a file cannot be read."""
        if not place.is_run():
            raise NotARun(f"{place.root} holds no run; give the folder that was named with --out")
        trials = [_read(path, Trial) for path in place.trials.glob("*.json") if not _is_temporary(path)]
        return cls(
            place,
            _read(place.experiment, Experiment),
            _read(place.plan, Plan) if place.plan.exists() else None,
            tuple(trials),
            _read(place.model, PublishedModel) if place.model.exists() else None,
        )

    def trial(self, name: str) -> Trial | None:
        """The trial with this name; None without one."""
        return self._trials.get(name)

    def write_spec(self, experiment: Experiment) -> None:
        """Store an edited spec."""
        write_atomically(self._place.experiment, _text(experiment), WRITE_EXPERIMENT_SPEC)
        self.experiment = experiment

    def write_status(self, experiment: Experiment) -> None:
        """Store a new status of the experiment."""
        write_atomically(self._place.experiment, _text(experiment), WRITE_EXPERIMENT_STATUS)
        self.experiment = experiment

    def create_plan(self, plan: Plan) -> None:
        """Store the plan."""
        write_atomically(self._place.plan, _text(plan), CREATE_PLAN)
        self.plan = plan

    def create_model(self, model: PublishedModel) -> None:
        """Store the published model."""
        write_atomically(self._place.model, _text(model), CREATE_MODEL)
        self.model = model

    def create_trial(self, trial: Trial) -> None:
        """Store a new trial, the claim of its first lease."""
        self._write_trial(trial, CREATE_TRIAL, at_once=True)

    def write_trial(self, trial: Trial) -> None:
        """Store a trial's new status. A power failure may lose it, which does no harm: the folds are in the store."""
        self._write_trial(trial, WRITE_TRIAL_STATUS, at_once=False)

    def _write_trial(self, trial: Trial, write: str, *, at_once: bool) -> None:
        path = self._place.trials / f"{trial.metadata.name}.json"
        write_atomically(path, _text(trial), write, at_once=at_once)
        last = next(reversed(self._trials.values()), trial)
        out_of_order = trial.metadata.name not in self._trials and trial.spec.index < last.spec.index
        self._trials[trial.metadata.name] = trial
        if out_of_order:
            self._trials = _by_index(self._trials.values())
        self.trials = tuple(self._trials.values())


def _by_index(trials: Iterable[Trial]) -> dict[str, Trial]:
    return {trial.metadata.name: trial for trial in sorted(trials, key=lambda trial: trial.spec.index)}


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(TEMPORARY_PREFIX)


def _text(record: Model) -> bytes:
    return record.model_dump_json(by_alias=True, exclude_none=True, indent=1).encode()


def _read(path: Path, kind: type[T]) -> T:
    try:
        return kind.read_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise NotARun(f"{path} cannot be read as {kind.__name__}; it was changed or damaged: {error}") from error
