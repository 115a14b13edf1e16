"""The only reconcile loop: it observes a World, decides, and applies the decision."""
