"""The collections of keys and of addresses that were used up."""

from __future__ import annotations

from server.platform.db import Index

USED_LINKS = "used_links"
COLLECTIONS = (USED_LINKS,)
INDEXES: tuple[Index, ...] = ((USED_LINKS, [("at", 1)], {"expireAfterSeconds": 24 * 3600}),)
