"""Ensembles: greedy selection over out-of-fold predictions, and scores that nothing was chosen by."""
