"""How anything is claimed, submitted, polled, retried, charged and landed, written once."""
