"""How the operator speaks with the API server: plain dicts, one bucket, one list-watch class, a Lease, tokens."""
