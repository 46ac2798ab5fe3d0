"""The built-in studio: real scripts and pictures with no model, key or network."""
