"""The bundle: written once, verified, loaded, and predicted with."""
