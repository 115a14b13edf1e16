"""The policies, one per file. Each turns a context into actions; `decide.CHAIN` gives their order."""
