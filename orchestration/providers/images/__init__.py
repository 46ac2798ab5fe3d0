"""Turns what services and people send into pictures that can be stored, in worker processes."""
