"""The documented routes of the original service: a thin shim over the resolvers."""
