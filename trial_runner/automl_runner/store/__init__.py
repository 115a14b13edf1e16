"""The store of prepared data, predictions and models: a directory, a volume claim or a bucket."""

from automl_runner.store.errors import StoreFull
from automl_runner.store.open import open_store
from automl_runner.store.store import Store

__all__ = ["Store", "StoreFull", "open_store"]
