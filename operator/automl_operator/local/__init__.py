"""The World on one machine: a directory for the objects, processes for the runners."""
