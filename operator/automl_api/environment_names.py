"""The names of the environment variables that our programs read, spelled only here."""

from typing import Final

# The configuration of a runner: `automl_api.protocol.RunnerEnvironment`.
BROKER_URL: Final = "AUTOML_BROKER_URL"
TOKEN_FILE: Final = "AUTOML_TOKEN_FILE"  # noqa: S105 - the name of a variable
BROKER_CA: Final = "AUTOML_BROKER_CA"
SLOTS: Final = "AUTOML_SLOTS"
MEMORY_BYTES: Final = "AUTOML_MEMORY_BYTES"
ACCELERATOR: Final = "AUTOML_ACCELERATOR"
CLAIMS_DIRECTORY: Final = "AUTOML_CLAIMS_DIRECTORY"
SECRETS_DIRECTORY: Final = "AUTOML_SECRETS_DIRECTORY"
CACHE_DIRECTORY: Final = "AUTOML_CACHE_DIRECTORY"
HEARTBEAT_SECONDS: Final = "AUTOML_HEARTBEAT_SECONDS"
BROKER_TIMEOUT_SECONDS: Final = "AUTOML_BROKER_TIMEOUT_SECONDS"
MAX_ASSIGNMENTS: Final = "AUTOML_MAX_ASSIGNMENTS"
TERMINATION_LOG: Final = "AUTOML_TERMINATION_LOG"
CHILDREN: Final = "AUTOML_CHILDREN"
PARENT_PIPE: Final = "AUTOML_PARENT_PIPE"

LOG_FORMAT: Final = "AUTOML_LOG_FORMAT"
"""The format of a runner's log: json or plain."""
POD_IMAGE: Final = "AUTOML_POD_IMAGE"
"""The image of the pods that give the user's command access to a volume claim."""
FAILPOINT: Final = "AUTOML_FAILPOINT"
"""The point at which a test kills a program: `automl_api.failpoints`."""
