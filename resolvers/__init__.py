"""The logic of fields and routes: plain async functions that return rows, without GraphQL types."""
