"""The music of a film: which notes sound when, and how each of them sounds."""
