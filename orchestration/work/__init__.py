"""How all work is claimed, submitted, polled, retried, charged and committed, written once."""
