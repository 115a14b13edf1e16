"""The World on Kubernetes: it reads snapshots from custom resources, Jobs, pods and claims, and applies actions."""
