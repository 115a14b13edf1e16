"""The contract between users, the operator and a runner: what crosses a process boundary, and nothing else."""
