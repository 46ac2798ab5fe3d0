"""The database: models, sessions and the only SQL. Knows nobody but domain and errors."""
