"""How a story becomes a film: workflows over a durable queue."""
