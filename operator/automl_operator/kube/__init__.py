"""The operator on Kubernetes: settings, the World over the API server, and the process that runs the reconcile loop."""
