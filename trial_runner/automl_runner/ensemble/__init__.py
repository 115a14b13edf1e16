"""Ensembles: greedy selection over out-of-fold predictions, and scores on rows that were not used for any choice."""
