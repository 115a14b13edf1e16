"""What is to be done: one policy a file, each from a context to actions, in the order of `decide.CHAIN`."""
