"""The database: models, sessions and the only SQL. Imports only domain and errors."""
