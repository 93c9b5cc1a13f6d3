"""The collections of refresh tokens and API keys."""

from __future__ import annotations

from server.auth.model import ApiKeyRow, RefreshRow
from server.platform.db import EXPIRES, Collection, Collections, Index, Owned, Owner

FAMILIES = "refresh_tokens"
KEYS = "api_keys"
COLLECTIONS = (FAMILIES, KEYS)
INDEXES: tuple[Index, ...] = (
    (FAMILIES, [("expires_at", 1)], {"expireAfterSeconds": 24 * 3600}),
    (FAMILIES, [("contact", 1), ("renewed_at", -1)], {}),
)
OWNED = (Owned(FAMILIES, by="contact", owner=Owner.CONTACT, keep=EXPIRES, export="sign_ins", shard_key="_id"),)


def refresh_rows(within: Collections) -> Collection[RefreshRow]:
    """Families of refresh tokens."""
    return within[FAMILIES]


def api_key_rows(within: Collections) -> Collection[ApiKeyRow]:
    """API keys."""
    return within[KEYS]
