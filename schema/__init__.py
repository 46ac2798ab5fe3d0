"""The GraphQL schema: one module per noun, thin over resolvers."""
