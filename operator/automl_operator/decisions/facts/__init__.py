"""The facts that follow from a context: costs, slots, the leaderboard, affordable trials. Facts contain no actions."""
