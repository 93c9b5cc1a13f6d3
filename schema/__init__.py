"""The questions: GraphQL types, thin resolvers, limits, and the use-case catalogue."""
