"""Converts pictures from services and users to stored ones, in worker processes."""
