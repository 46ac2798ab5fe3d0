"""The documented routes of the original service: a thin layer over the resolvers."""
