"""The operator's client of the API server: calls, list-watches, rate limit, leader election, token verification."""
