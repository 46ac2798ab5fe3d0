"""Parses scripts from the answers of language models, and repairs what can be repaired."""
