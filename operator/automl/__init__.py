"""The user's side: the Python API and the command line."""
