"""The needs of opening data besides its address: this machine's mounts, and the store's server and keys."""

from dataclasses import dataclass, field

from automl_api.resources.experiment import StoreSpec
from automl_runner.mounts import Mounts


@dataclass(frozen=True)
class Sources:
    """Data in a bucket is read from the store's server, with the store's Secret unless it names its own."""

    mounts: Mounts = field(default_factory=Mounts)
    store: StoreSpec = field(default_factory=StoreSpec)
