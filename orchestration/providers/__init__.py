"""Model services behind ports; imports no upper layer, and never the media."""
