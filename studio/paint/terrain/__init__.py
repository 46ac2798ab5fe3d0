"""The outdoor places of the realistic look."""
