"""Exit codes of a runner's process; the World translates them into failure classes."""

LEFT = 0
"""The broker told it to leave."""
BROKEN = 1
"""A bug: its log has the traceback."""
WRONG_ENVIRONMENT = 2
"""Its environment variables are missing or wrong; nothing was leased."""
BROKER_LOST = 3
"""No broker answered for the broker timeout; results that could not be sent are in the termination log."""
PARENT_LOST = 4
"""The parent's pipe was closed, so everything was killed and nothing reported."""
REFUSED = 5
"""The broker speaks a protocol that this runner does not."""
TERMINATED = 143
"""SIGTERM: the work was ended. It was reported as cancelled where a broker answered within the grace period."""
