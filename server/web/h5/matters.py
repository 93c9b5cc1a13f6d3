"""What the score page begins with: what can be avoided, and what is under way."""

from __future__ import annotations

from server.platform.kit.json import JsonObject
from server.web.h5.disputes import OPEN

Row = JsonObject


def avoidable(withheld: list[Row]) -> list[Row]:
    """Bills that count from a later day on, the soonest first."""
    found = [item for item in withheld if item["withheldReason"] == "NOTICE_NOT_DUE" and item["until"]]
    return sorted(found, key=lambda item: str(item["until"]))


def under_way(me: Row) -> list[Row]:
    """Disputes that are not decided."""
    return [edge["node"] for edge in me["disputes"]["edges"] if edge["node"]["state"] in OPEN]
