"""The only reconcile loop: observe, decide, apply, over a World."""
