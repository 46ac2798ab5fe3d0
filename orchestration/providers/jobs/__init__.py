"""Job-based services (submit, poll, download): one adapter, and a table for each vendor."""
