"""The World on Kubernetes: custom resources, Jobs, pods and claims, as snapshots and actions."""
