"""Tests of a release that serves the whole cluster. A package, so that pytest ends the release with its last test."""
