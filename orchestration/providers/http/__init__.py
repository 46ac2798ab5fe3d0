"""How any service is asked over HTTP, and how its answers are read; no vendor is known here."""
