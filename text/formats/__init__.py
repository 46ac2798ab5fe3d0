"""Reads texts in the formats that people bring: what is said, and what divides it.

`recognition` finds the format, `reading` has one reader for each.
"""
