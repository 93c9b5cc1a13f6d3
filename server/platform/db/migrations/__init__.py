"""Every migration that this code knows, in order; see README.md for how to write one."""

from server.platform.db.migrations.m0002_dispute_indexes import DISPUTE_INDEXES
from server.platform.db.migrations.m0003_pass_codes import PASS_CODES, PASS_VERSION
from server.platform.db.migrations.migration import Index, Migration, Walk, index_name

MIGRATIONS: tuple[Migration, ...] = (DISPUTE_INDEXES, PASS_CODES)

__all__ = [
    "DISPUTE_INDEXES",
    "MIGRATIONS",
    "PASS_CODES",
    "PASS_VERSION",
    "Index",
    "Migration",
    "Walk",
    "index_name",
]
