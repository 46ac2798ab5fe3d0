"""Splits written text of every language into lines, sentences and words.

This is the lowest layer: the studio, the adapters of services and the films all use it.
"""
