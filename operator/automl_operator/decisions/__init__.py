"""Decisions: a snapshot in, actions out. Pure: no clock, no socket, no randomness."""
