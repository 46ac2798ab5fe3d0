"""Model services behind ports; knows nobody above and never the media."""
