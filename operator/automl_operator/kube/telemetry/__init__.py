"""What the operator tells of itself: metrics for Prometheus, and logs of one JSON object a line."""
