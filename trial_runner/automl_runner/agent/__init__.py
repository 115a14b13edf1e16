"""The runner's agent: it leases work from the broker, has children do it, sends heartbeats and hands in results."""

from automl_runner.agent.run import run

__all__ = ["run"]
