"""Where the experiment as a whole is: its state, the end of its search, its conditions and its status."""
