"""The GraphQL contract: one module per noun, thin over resolvers."""
