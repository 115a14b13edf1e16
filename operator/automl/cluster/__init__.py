"""Access to a cluster for apply, wait, download and stop: the only package of `automl` that talks to Kubernetes."""
