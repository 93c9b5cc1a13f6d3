"""The collections of refresh tokens and API keys."""

from __future__ import annotations

from server.auth.model import ApiKeyRow, RefreshRow
from server.platform.db import EXPIRES, Collection, Collections, Index, Owned, Owner

REFRESH_TOKENS = "refresh_tokens"
API_KEYS = "api_keys"
COLLECTIONS = (REFRESH_TOKENS, API_KEYS)
INDEXES: tuple[Index, ...] = (
    (REFRESH_TOKENS, [("expires_at", 1)], {"expireAfterSeconds": 24 * 3600}),
    (REFRESH_TOKENS, [("contact", 1), ("renewed_at", -1)], {}),
)
OWNED = (Owned(REFRESH_TOKENS, by="contact", owner=Owner.CONTACT, keep=EXPIRES, export="sign_ins", shard_key="_id"),)


def refresh_rows(within: Collections) -> Collection[RefreshRow]:
    """Families of refresh tokens."""
    return within[REFRESH_TOKENS]


def api_key_rows(within: Collections) -> Collection[ApiKeyRow]:
    """API keys."""
    return within[API_KEYS]
