"""The questions: GraphQL types, thin resolvers, limits, and the use-case catalogue.

Start reading at `schema.services` (what the product can do) and `schema.root`.
"""
