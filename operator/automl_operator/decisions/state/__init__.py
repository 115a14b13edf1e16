"""What a decision reads and what it can order: the snapshot, the broker's state, the trials' progress, the actions."""
