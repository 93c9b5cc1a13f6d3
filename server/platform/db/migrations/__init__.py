"""Every migration that this code knows, in order; see README.md for how to write one."""

from server.platform.db.migrations.migration import Index, Migration, Walk, index_name

MIGRATIONS: tuple[Migration, ...] = ()

__all__ = ["MIGRATIONS", "Index", "Migration", "Walk", "index_name"]
