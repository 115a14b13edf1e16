"""What lies where in a run's folder."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunFolder:
    """A run's folder (an absolute path), the one that the user names with --out."""

    root: Path

    @property
    def lock(self) -> Path:
        """Held by the process that works here."""
        return self.root / ".lock"

    @property
    def world(self) -> Path:
        """The objects, as JSON files."""
        return self.root / "world"

    @property
    def experiment(self) -> Path:
        """The question and its status. What has no such file is no run."""
        return self.world / "experiment.json"

    @property
    def plan(self) -> Path:
        """What prepare found out."""
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
        """What runners print."""
        return self.root / "log"

    @property
    def runtime(self) -> Path:
        """What is only needed while a process works here: the runners' tokens."""
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
        """Whether a run was begun here."""
        return self.experiment.is_file()

    def is_free(self) -> bool:
        """Whether a new run may begin here: nothing is here, or only what a run leaves that never began."""
        if not self.root.exists():
            return True
        ours = {self.lock.name, self.world.name, self.data.name, self.log.name, self.runtime.name}
        return self.root.is_dir() and {entry.name for entry in self.root.iterdir()} <= ours
