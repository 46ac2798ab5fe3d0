"""The durable queue: what runs jobs, and the one connection on which a process listens."""
