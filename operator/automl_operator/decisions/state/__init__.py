"""What a decision looks at and what it can order: snapshot, broker state, the trials' progress, actions."""
