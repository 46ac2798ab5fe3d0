"""People, animals and things: their shapes, their light and their positions."""
