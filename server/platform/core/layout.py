"""The collections of what every use case stands on: audit, outbox, idempotency, throttles, budgets, drafts."""

from __future__ import annotations

from server.platform.db import Index, Owned

AUDIT = "audit"
HEADS = "audit_heads"
SEALED = "audit_sealed"
SEALS = "audit_seals"
OUTBOX = "outbox"
IDEMPOTENCY = "idempotency"
THROTTLES = "throttles"
BUDGETS = "budgets"
ACCESS_TOKENS = "access_tokens"
DRAFTS = "drafts"
COLLECTIONS = (AUDIT, HEADS, SEALED, SEALS, OUTBOX, IDEMPOTENCY, THROTTLES, BUDGETS, ACCESS_TOKENS, DRAFTS)
STAFF_ROLES = ("agent", "approver", "steward", "auditor", "operator")
"""Whose links an auditor reads."""
_DAY = 24 * 3600
_OF_STAFF = {"partialFilterExpression": {"role": {"$in": list(STAFF_ROLES)}}}
INDEXES: tuple[Index, ...] = (
    (AUDIT, [("chain", 1), ("seq", 1)], {"unique": True}),
    (AUDIT, [("chain", 1), ("look", 1), ("seq", -1)], {}),
    (AUDIT, [("at", -1), ("hash", -1)], {**_OF_STAFF, "name": "of_staff"}),
    (AUDIT, [("by", 1), ("at", -1), ("hash", -1)], {**_OF_STAFF, "name": "of_staff_account"}),
    (SEALED, [("run", 1), ("chain", 1)], {"unique": True}),
    (OUTBOX, [("due", 1)], {"partialFilterExpression": {"done": False}}),
    (OUTBOX, [("urgent", 1), ("due", 1)], {"partialFilterExpression": {"done": False, "urgent": True}}),
    (OUTBOX, [("waiting_for", 1)], {"partialFilterExpression": {"waiting_for": {"$exists": True}}}),
    (OUTBOX, [("done_at", 1)], {"expireAfterSeconds": 7 * _DAY}),
    (IDEMPOTENCY, [("at", 1)], {"expireAfterSeconds": _DAY}),
    (IDEMPOTENCY, [("owner", 1)], {"partialFilterExpression": {"owner": {"$exists": True}}}),
    (BUDGETS, [("expires_at", 1)], {"expireAfterSeconds": 0}),
    (THROTTLES, [("expires_at", 1)], {"expireAfterSeconds": 0}),
    (DRAFTS, [("expires_at", 1)], {"expireAfterSeconds": 0}),
)
OWNED = (
    Owned(
        AUDIT,
        by="chain",
        prefix="citizen:",
        keep="for good: a chain with a gap proves nothing",
        export="log",
        stays="it names no person, and proves that the person was erased",
        shard_key="chain",
    ),
)
SHARD_KEYS = {
    HEADS: "_id",
    SEALED: "chain",
    IDEMPOTENCY: "_id",
    THROTTLES: "_id",
    BUDGETS: "_id",
}
