"""The last day of an appeal in a notice of a decision: it runs from the day on which the notice arrives."""

from __future__ import annotations

from datetime import date

from scoring.deadlines import appeal_until
from server.platform.db import Document


def with_last_day(data: Document, arrives: date) -> Document:
    """What a notice says that arrives on a day, with the last day of an appeal where its decision has one."""
    if not data.get("may_appeal"):
        return dict(data)
    return {**data, "appeal_last": appeal_until(arrives).isoformat()}
