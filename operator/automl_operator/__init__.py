"""The control side: what decides, serves runners and reconciles."""
