"""The control plane: it decides, serves runners, and reconciles."""
