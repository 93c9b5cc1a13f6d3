"""Every use case, as resolvers see it."""

from schema.api.services.catalogue import Services

__all__ = ["Services"]
