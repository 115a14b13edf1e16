"""The user's side of a cluster: apply, wait, download, stop. The only room of `automl` that talks to Kubernetes."""
