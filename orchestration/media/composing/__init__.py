"""Turns shots into the moving picture and the whole film: framing, segments, clips, joining."""
