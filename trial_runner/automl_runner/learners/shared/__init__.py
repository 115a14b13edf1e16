"""Modules that several learners share, and parts of one learner that need a file of their own."""
