"""The experiment as a whole: its state, the end of its search, its conditions and its status."""
