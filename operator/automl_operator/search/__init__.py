"""Search: trials in, suggestions out. Pure: no clock, no storage, no randomness without a seed."""
