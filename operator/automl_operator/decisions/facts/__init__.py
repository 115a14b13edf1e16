"""The facts that follow from a context: costs, slots, the leaderboard, affordable trials. Facts order no action."""
