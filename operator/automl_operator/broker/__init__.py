"""The HTTP server where runners lease, report and hand in; it knows assignments, not Kubernetes."""
