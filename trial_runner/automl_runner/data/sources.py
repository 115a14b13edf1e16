"""What is around an experiment's data: mounts of this machine, and the store, whose server and keys the data shares."""

from dataclasses import dataclass, field

from automl_api.resources.experiment import StoreSpec
from automl_runner.mounts import Mounts


@dataclass(frozen=True)
class Sources:
    """Data in a bucket is read from the store's server, with the store's Secret unless it names its own."""

    mounts: Mounts = field(default_factory=Mounts)
    store: StoreSpec = field(default_factory=StoreSpec)
