"""The command line: one command a module; the only room that reads settings."""
