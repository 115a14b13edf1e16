"""Builds the objects that the operator creates, as plain dicts. The builders are pure: no clock, no connection."""
