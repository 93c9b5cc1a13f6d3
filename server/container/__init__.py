"""Who gets what: every part of Egret wired, over a database with every collection."""

from server.container.container import Container, build_container, open_container, open_database, schema_for

__all__ = ["Container", "build_container", "open_container", "open_database", "schema_for"]
