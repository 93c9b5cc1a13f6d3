"""From applications for repair to what the citizen, the source and the desk see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from schema.types.connection import global_id
from schema.types.errors import LocalText
from schema.types.evidence import Evidence
from schema.types.repair import RepairApplication, SourceRepair
from schema.types.rule import Source
from scoring.calendar import working_days_between
from scoring.repair import RepairState
from scoring.scheme import Scheme
from server.sources.repairs.model import RepairContent, RepairRow


def application_view(
    scheme: Scheme, row: RepairRow, content: RepairContent, today: date, evidence: Sequence[Evidence] | None = None
) -> RepairApplication:
    """An application as its citizen sees it; without `evidence`, that is read when it is asked for."""
    due = date.fromisoformat(row["due_on"])
    ended_on = row["ended_on"]
    state = RepairState(row["state"])
    return RepairApplication(
        id=global_id("RepairApplication", row["_id"]),
        key=row["_id"],
        record_key=row["record"],
        record_id=global_id("CreditRecord", row["record"]),
        applied_at=row["applied_at"],
        number=row["number"],
        state=_for_citizen(state),
        is_open=row["open"],
        subject=subject_of(scheme, row),
        source=Source.of(scheme, row["source"]),
        done_on=date.fromisoformat(row["done_on"]),
        words=content["words"],
        photos=None if evidence is None else list(evidence),
        applied_on=date.fromisoformat(row["applied_on"]),
        due_on=due,
        working_days_left=working_days_between(today, due),
        lapsed=row["lapsed"],
        answer=None if row["open"] else content.get("answer"),
        ended_on=None if ended_on is None else date.fromisoformat(ended_on),
        score_after=content.get("value"),
        points=content.get("points"),
    )


def _for_citizen(state: RepairState) -> RepairState:
    """A consent that waits for a second person is no answer yet."""
    return RepairState.APPLIED if state is RepairState.PROPOSED else state


def source_view(
    scheme: Scheme, row: RepairRow, content: RepairContent, document_number: str, evidence: Sequence[Evidence]
) -> SourceRepair:
    """An application as the source of the record sees it: its own number, and not who the citizen is."""
    return SourceRepair(
        id=global_id("SourceRepair", row["_id"]),
        key=row["_id"],
        number=row["number"],
        document_number=document_number,
        subject=subject_of(scheme, row),
        done_on=date.fromisoformat(row["done_on"]),
        words=content["words"],
        applied_on=date.fromisoformat(row["applied_on"]),
        due_on=date.fromisoformat(row["due_on"]),
        lapsed=row["lapsed"],
        evidence=list(evidence),
    )


def subject_of(scheme: Scheme, row: RepairRow) -> LocalText:
    """What the record is about."""
    rule = scheme.rules_by_code.get(row["rule"])
    return LocalText.of(rule.label) if rule else LocalText.same(row["rule"])
