"""What the score page begins with: what moved since the last visit, what can be avoided, what is under way."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from bot.phrases import local
from server.platform.kit.clock import SHANGHAI
from server.platform.kit.json import JsonObject
from server.web.h5.disputes import OPEN

Row = JsonObject
_THIS_VISIT = timedelta(minutes=10)
"""Looks so close together are one visit, as in the access log."""


def avoidable(withheld: list[Row]) -> list[Row]:
    """Bills that count from a later day on, the soonest first."""
    found = [item for item in withheld if item["withheldReason"] == "NOTICE_NOT_DUE" and item["until"]]
    return sorted(found, key=lambda item: str(item["until"]))


def under_way(me: Row) -> list[Row]:
    """Disputes that are not decided."""
    return [edge["node"] for edge in me["disputes"]["edges"] if edge["node"]["state"] in OPEN]


def since_last_visit(me: Row, language: str, now: datetime) -> Row | None:
    """How the score moved since its citizen saw it last; None where it did not, or where that is not known."""
    seen = next((at for at in _visits(me) if at <= now - _THIS_VISIT), None)
    if seen is None:
        return None
    rows = [edge["node"] for edge in me["history"]["edges"]]
    later = [row for row in rows if datetime.fromisoformat(row["at"]) > seen]
    if not later or len(later) == len(rows):
        return None
    moved = me["score"]["value"] - rows[len(later)]["value"]
    reasons = Counter[str]()
    for row in later:
        for reason in row["reasons"]:
            reasons[local(language, reason["label"])] += reason["points"]
    told = [(label, given) for label, given in reasons.items() if given]
    told.sort(key=lambda reason: (reason[1], reason[0]))
    if not (moved or told):
        return None
    return {"points": moved, "since": seen.astimezone(SHANGHAI).date().isoformat(), "reasons": told}


def _visits(me: Row) -> list[datetime]:
    looks = [edge["node"] for edge in me["accessLog"]["edges"]]
    return [datetime.fromisoformat(look["at"]) for look in looks if look["action"] == "SCORE_VIEWED"]
