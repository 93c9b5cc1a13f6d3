"""The collections of disputes, of evidence and of notes: their names, indexes and owners."""

from __future__ import annotations

from server.disputes.order import queue_order
from server.platform.db import Index, Owned

DISPUTES = "disputes"
NOTES = "case_notes"
EVIDENCE = "evidence"
COUNTERS = "counters"
COLLECTIONS = (DISPUTES, NOTES, EVIDENCE, COUNTERS)
INDEXES: tuple[Index, ...] = (
    (DISPUTES, [("citizen", 1), ("filed_at", -1)], {}),
    (
        DISPUTES,
        [("citizen", 1), ("record", 1)],
        {
            "unique": True,
            "partialFilterExpression": {"open": True, "record": {"$type": "string"}},
            "name": "one_open_about_record",
        },
    ),
    (
        DISPUTES,
        [("citizen", 1), ("about", 1)],
        {
            "unique": True,
            "partialFilterExpression": {"open": True, "about": {"$type": "string"}},
            "name": "one_open_about_subject",
        },
    ),
    (DISPUTES, [("subject.kind", 1), ("filed_on", 1)], {}),
    (DISPUTES, [("number", 1)], {}),
    (DISPUTES, [("open", 1), *queue_order("filed_at")], {}),
    (DISPUTES, [("open", 1), ("holder", 1), *queue_order("filed_at")], {}),
    (DISPUTES, [("reporter", 1), ("state", 1), ("_id", 1)], {}),
    (DISPUTES, [("ended_on", 1)], {}),
    (DISPUTES, [("told_on", 1), ("_id", 1)], {"partialFilterExpression": {"told_on": {"$exists": True}}}),
    (NOTES, [("case", 1), ("at", 1)], {}),
    (NOTES, [("citizen", 1)], {}),
    (EVIDENCE, [("dispute", 1), ("added_at", 1)], {}),
    (EVIDENCE, [("citizen", 1), ("box", 1)], {}),
)
OWNED = (
    Owned(
        DISPUTES,
        by="citizen",
        keep="disputes_months",
        export="disputes",
        stays="the desk's work is accounted for; what was written cannot be read any more",
        shard_key="citizen",
    ),
    Owned(NOTES, by="citizen", keep="disputes_months", shard_key="citizen"),
    Owned(EVIDENCE, by="citizen", keep="evidence_months", export="evidence", shard_key="citizen"),
)
