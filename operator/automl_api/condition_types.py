"""The types of an experiment's conditions. Decisions write them, and the user's side and the reasons' tables read them."""

from typing import Final

COMPLETE: Final = "Complete"
FAILED: Final = "Failed"
PREPARED: Final = "Prepared"
SEARCHED: Final = "Searched"
TESTED: Final = "Tested"
LEARNERS_READY: Final = "LearnersReady"
STORE_READY: Final = "StoreReady"
RUNNERS_READY: Final = "RunnersReady"
OBJECTS_READY: Final = "ObjectsReady"
