"""The contract between users, the operator and runners: all that crosses a process boundary, and nothing else."""
