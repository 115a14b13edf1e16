"""The operator's metrics for Prometheus, and its logs."""
