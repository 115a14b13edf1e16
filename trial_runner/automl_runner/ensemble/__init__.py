"""Ensembles: greedy selection over out-of-fold predictions, and scores on rows that nothing was chosen by."""
