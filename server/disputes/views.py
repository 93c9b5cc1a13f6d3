"""From dispute documents to what the citizen and the desk see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from schema.connection import global_id
from schema.dispute import Dispute, DisputeEvent, Evidence
from schema.errors import LocalText
from scoring.calendar import working_days_between
from scoring.disputes import Determination, DisputeReason, DisputeState, can_appeal
from scoring.scheme import Scheme
from server.clock import day_of
from server.mongo import Document
from server.views import source_view, text


def appealable(document: Document, today: date) -> bool:
    """Whether the citizen may have the decision looked at again."""
    if document["state"] != DisputeState.RESOLVED.value or document["lapsed"]:
        return False
    decided = day_of(document["events"][-1]["at"])
    return can_appeal(
        Determination(document["determination"]), decided, today, appealed=document.get("appealed", False)
    )


def dispute_view(
    scheme: Scheme, document: Document, content: Document | None, today: date, evidence: Sequence[Evidence] = ()
) -> Dispute:
    """A dispute; `content` is its sealed part, or None after the person left."""
    texts = content["texts"] if content else {}
    rule = scheme.rules_by_code.get(document["rule"])
    due = date.fromisoformat(document["due_on"])
    determination = document["determination"]
    final = document["state"] == DisputeState.RESOLVED.value
    waits = document["state"] == DisputeState.AWAITING_CITIZEN.value
    return Dispute(
        id=global_id("Dispute", document["_id"]),
        key=document["_id"],
        number=document["number"],
        state=DisputeState(document["state"]),
        reason=DisputeReason(document["reason"]),
        words=content["words"] if content else None,
        filed_on=date.fromisoformat(document["filed_on"]),
        due_on=due,
        working_days_left=working_days_between(today, due),
        subject=text(rule.label) if rule else LocalText(zh=document["rule"], en=document["rule"]),
        source=source_view(scheme, document["source"]).label,
        points=document["points"],
        determination=Determination(determination) if determination and final else None,
        explanation=texts.get(str(document["explained_at"])) if final else None,
        lapsed=document["lapsed"],
        question=texts.get(str(document.get("asked_at"))) if waits else None,
        can_appeal=appealable(document, today),
        appealed=document.get("appealed", False),
        evidence=list(evidence),
        events=[DisputeEvent(at=e["at"], action=e["action"], by=e["by"], text=None) for e in document["events"]],
    )


def with_texts(dispute: Dispute, content: Document | None) -> Dispute:
    """The desk also reads what colleagues wrote at each step."""
    texts = content["texts"] if content else {}
    for n, event in enumerate(dispute.events):
        event.text = texts.get(str(n))
    return dispute
