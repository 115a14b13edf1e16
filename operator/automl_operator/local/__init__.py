"""The World on one machine: objects are files in a folder, runners are processes."""
