"""The outdoor places of the movie look and the drawn look."""
