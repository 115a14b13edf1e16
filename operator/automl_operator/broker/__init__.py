"""The HTTP server through which runners lease work and report results. It knows assignments, not Kubernetes."""
