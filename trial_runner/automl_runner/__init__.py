"""The program in the pod: prepares data, fits configurations, finalizes a model."""
