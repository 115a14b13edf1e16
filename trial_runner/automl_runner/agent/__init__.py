"""The runner's face to the broker: leases work, has children do it, heartbeats, and hands in."""

from automl_runner.agent.run import run

__all__ = ["run"]
