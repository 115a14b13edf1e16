"""What several learners use, and what one learner keeps beside its file."""
