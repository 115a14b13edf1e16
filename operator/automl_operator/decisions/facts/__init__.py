"""What follows from a context: costs, slots, the leaderboard, which trials are affordable. Facts order nothing."""
