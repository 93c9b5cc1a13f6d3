"""How the store is sharded by citizen, where one replica set is too small (`deploy/capacity.md`).

Keys are ranged, not hashed: the ids are random, so that ranges spread as well, and unique indexes may begin with them.
What is not named here stays on one shard: it is small, or has to be unique in the whole city.
"""

from __future__ import annotations

SHARD_KEYS = {
    "records": "citizen",
    "record_versions": "citizen",
    "assessments": "citizen",
    "passes": "citizen",
    "disputes": "citizen",
    "case_notes": "citizen",
    "evidence": "citizen",
    "audit": "chain",  # a citizen's chain has the citizen's id
    "audit_heads": "_id",
    "audit_sealed": "chain",
    "conversations": "_id",  # the contact
    "contacts": "_id",
    "idempotency": "_id",
    "throttles": "_id",
    "budgets": "_id",
    "refresh_tokens": "_id",
}

TO_CHANGE = {
    ("records", "source"): "(citizen, source, document_index): a delivery names its citizen",
    ("audit_sealed", "run"): "(chain, run)",
}
"""Unique indexes, by their first field, that a sharded collection cannot have; and what takes their place."""
