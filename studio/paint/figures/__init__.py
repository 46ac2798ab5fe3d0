"""People, animals and things: their shapes, their light and where they stand."""
