"""The policies: one a file, each from a context to actions, in the order of `decide.CHAIN`."""
