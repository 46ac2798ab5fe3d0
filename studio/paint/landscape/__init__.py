"""The outdoor places of the film and the drawn look."""
