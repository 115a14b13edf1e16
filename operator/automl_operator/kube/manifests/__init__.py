"""The objects that the operator makes, as plain dicts: pure builders, without a clock or a connection."""
