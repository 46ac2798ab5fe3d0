"""Requests to services over HTTP, and parsing of their answers; independent of vendors."""
