"""Services that work in jobs - submit, poll, download: one adapter, and a table for each vendor."""
