"""The operator on Kubernetes: settings, the World there, and the process around the one reconcile loop."""
