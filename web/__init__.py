"""HTTP that is not GraphQL types: routes, middleware, REST, media and the GraphQL endpoint."""
