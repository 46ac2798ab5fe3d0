"""What a field or a route does: plain async functions that return rows. Knows no GraphQL type."""
