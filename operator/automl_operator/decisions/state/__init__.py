"""The input and output of a decision: the snapshot, the broker's state, the trials' progress, and the actions."""
