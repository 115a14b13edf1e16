"""The layout of a run's folder."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunFolder:
    """A run's folder (an absolute path), which the user names with --out."""

    root: Path

    @property
    def lock(self) -> Path:
        """The lock file; the process that works here holds its lock."""
        return self.root / ".lock"

    @property
    def world(self) -> Path:
        """The objects, as JSON files."""
        return self.root / "world"

    @property
    def experiment(self) -> Path:
        """The experiment, with spec and status. A folder without this file is not a run."""
        return self.world / "experiment.json"

    @property
    def plan(self) -> Path:
        """The plan, which prepare makes."""
        return self.world / "plan.json"

    @property
    def trials(self) -> Path:
        """A file for each trial."""
        return self.world / "trials"

    @property
    def model(self) -> Path:
        """The published model's object."""
        return self.world / "model.json"

    @property
    def store(self) -> Path:
        """Prepared data, predictions and models."""
        return self.root / "store"

    @property
    def log(self) -> Path:
        """The logs of this process and of the runners."""
        return self.root / "log"

    @property
    def runtime(self) -> Path:
        """Files that are needed only while a process works here: the runners' tokens."""
        return self.root / "run"

    @property
    def data(self) -> Path:
        """Tables that were given as objects, not as files."""
        return self.root / "data"

    @property
    def bundle(self) -> Path:
        """The published model itself, once there is one."""
        return self.root / "model"

    def is_run(self) -> bool:
        """True when a run was started here."""
        return self.experiment.is_file()

    def is_free(self) -> bool:
        """True when a new run may start here: no folder, an empty one, or leftovers of a failed start only."""
        if not self.root.exists():
            return True
        ours = {self.lock.name, self.world.name, self.data.name, self.log.name, self.runtime.name}
        return self.root.is_dir() and {entry.name for entry in self.root.iterdir()} <= ours
