"""HTTP apart from the GraphQL types: routes, middleware, REST, media and the GraphQL endpoint."""
