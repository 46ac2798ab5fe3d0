"""Reads scripts out of what language models answer, and repairs what can be repaired."""
