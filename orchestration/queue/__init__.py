"""The durable queue: it runs jobs, and owns the process's LISTEN connection."""
