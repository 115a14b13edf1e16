"""Stopping: score curves in, verdicts with reasons out. Pure."""
