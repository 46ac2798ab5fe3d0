"""The command line: one command per module; the only package that reads settings."""
