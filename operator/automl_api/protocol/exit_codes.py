"""Why a runner's process ended, for the World that translates endings into failure classes."""

LEFT = 0
"""The broker told it to leave."""
BROKEN = 1
"""A bug: its log has the traceback."""
WRONG_ENVIRONMENT = 2
"""Its environment variables are missing or wrong; nothing was leased."""
BROKER_LOST = 3
"""No broker answered for the broker timeout; what could not be handed in is in the termination log."""
PARENT_LOST = 4
"""The parent's pipe ended, so everything was killed and nothing handed in."""
REFUSED = 5
"""The broker speaks a protocol that this runner does not."""
TERMINATED = 143
"""SIGTERM: the work was ended and, where a broker answered within the grace, handed in as cancelled."""
