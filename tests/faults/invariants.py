"""What must hold in the database after any fault; the numbers are those of the dispute invariants in the design."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from schema.types.connection import local_id
from scoring.disputes import OPEN_STATES, DisputeAction, DisputeState
from server.platform.core import audit
from server.platform.db import Document, Store
from server.platform.kit.clock import utc_now
from server.records.model import ACTIVE
from tests.faults.town import Town
from tests.faults.work import Acknowledged

_STATE_AFTER = {
    DisputeAction.CLAIM: {"under_review"},
    DisputeAction.RELEASE: {"submitted"},
    DisputeAction.PROPOSE: {"proposed", "resolved"},
    DisputeAction.APPROVE: {"resolved"},
    DisputeAction.RETURN: {"under_review"},
    DisputeAction.RETRACT: {"under_review"},
    DisputeAction.ASK: {"awaiting_citizen"},
    DisputeAction.SUPPLY: {"under_review"},
    DisputeAction.APPEAL: {"submitted"},
    DisputeAction.WITHDRAW: {"withdrawn"},
    DisputeAction.LAPSE: {"resolved"},
    DisputeAction.SETTLE: {"resolved"},
}


_TOLD = {
    DisputeAction.ASK.value: ("dispute_asked", "dispute_asked"),
    DisputeAction.EXTEND.value: ("dispute_extended", "complaint_extended"),
    DisputeAction.REJECT.value: ("dispute_rejected", "complaint_rejected"),
}
"""The steps that always tell their citizen, and by which kind of notice: about a record, or without one."""


async def faults(made: Town, told: Acknowledged) -> list[str]:
    """What does not hold; empty where all is well."""
    store = made.container.store
    return [
        *await _acknowledged(store, made, told),
        *await _once(store),
        *await _disputes(store),
        *await _audit(store),
        *await _assessments(made),
        *await _outbox(store),
        *await _notices(store),
    ]


async def _all(store: Store, name: str, query: Document | None = None) -> list[Any]:
    return await store[name].find(query or {}).to_list(None)


async def _acknowledged(store: Store, made: Town, told: Acknowledged) -> list[str]:
    """(1) Every acknowledged change is there."""
    passes = {row["_id"]: row for row in await _all(store, "passes")}
    lost = [f"pass {id} lost" for id in told.passes if local_id(id, "Pass") not in passes]
    for id in told.redeemed:
        row = passes.get(local_id(id, "Pass"))
        if row is None or row["used_at"] is None:
            lost.append(f"use of pass {id} lost")
    disputes = {row["_id"] for row in await _all(store, "disputes")}
    lost += [f"dispute {id} lost" for id in told.disputes if local_id(id, "Dispute") not in disputes]
    notes = await store["case_notes"].count_documents({})
    if notes != told.notes:
        lost.append(f"{told.notes} notes acknowledged, {notes} there")
    for n, off in told.declined.items():
        citizen = await made.container.citizens.find(made.people[n].id_number)
        if citizen is None or bool(citizen["declined"]) is not off:
            lost.append(f"the choice of citizen {n} lost")
    records = await store["records"].count_documents({})
    if records < len(told.records):
        lost.append(f"{len(told.records)} records acknowledged, {records} there")
    return lost


async def _once(store: Store) -> list[str]:
    """Each effect happened once: as many as idempotency rows and audit links say."""
    found = []
    links = Counter(row["action"] for row in await _all(store, "audit"))
    issued = [row["_id"] for row in await _all(store, "passes")]
    passes = len(issued)
    used = await store["passes"].count_documents({"used_at": {"$ne": None}})
    disputes = await store["disputes"].count_documents({})
    for what, count in (("pass.issued", passes), ("pass.used", used), ("dispute.filed", disputes)):
        if links[what] != count:
            found.append(f"{count} of {what}, {links[what]} links")
    keys = await store["idempotency"].count_documents({"outcome": {"$in": issued}})
    if keys != passes:
        found.append(f"{passes} passes for {keys} requests")
    return found


async def _disputes(store: Store) -> list[str]:
    """(2) to (5), (9) and (10)."""
    found = []
    rows = await _all(store, "disputes")
    open_by_record = Counter(row["record"] for row in rows if row["open"] and row["record"] is not None)
    found += [f"record {r} has {n} open disputes" for r, n in open_by_record.items() if n > 1]
    for row in rows:
        found += [f"{row['number']}: {fault}" for fault in _faults_of(row)]
    return found


def _faults_of(row: Document) -> list[str]:
    events, found = row["events"], []
    if row["revision"] != len(events):
        found.append(f"revision {row['revision']} after {len(events)} events")
    if row["open"] is not (DisputeState(row["state"]) in OPEN_STATES):
        found.append("open does not fit the state")
    last = DisputeAction(events[-1]["action"]) if events[-1]["action"] != "file" else None
    after = {"submitted"} if last is None else _STATE_AFTER.get(last, {row["state"]})
    if row["state"] not in after:
        found.append(f"{row['state']} after {last}")
    proposals = [e for e in events if e["action"] == "propose"]
    approvals = [e for e in events if e["action"] in ("approve", "return")]
    if any(a["actor"] == p["actor"] for a, p in zip(approvals, proposals, strict=False)):
        found.append("approved by its proposer")
    if sum(e["action"] == "extend" for e in events) > 1:
        found.append("extended more than once")
    times = [e["at"] for e in events]
    if times != sorted(times):
        found.append("events are out of order")
    return found


async def _audit(store: Store) -> list[str]:
    """(3) Every chain is whole, and as long as its head says."""
    found = [f"chain {fault.chain} breaks at {fault.seq}" for fault in await audit.verify(store)]
    lengths: Counter[str] = Counter()
    for link in await _all(store, "audit"):
        lengths[link["chain"]] += 1
    heads = {head["_id"]: head["seq"] for head in await _all(store, "audit_heads")}
    return found + [f"chain {c}: head {heads.get(c)}, {n} links" for c, n in lengths.items() if heads.get(c) != n]


async def _assessments(made: Town) -> list[str]:
    """(7) and (12): one current statement each, and it is what the records give."""
    found, store = [], made.container.store
    for citizen in await _all(store, "citizens", {"enrolment": {"$ne": None}}):
        current = await _all(store, "assessments", {"citizen": citizen["_id"], "current": True})
        if len(current) > 1:
            found.append(f"citizen {citizen['_id']} has {len(current)} current statements")
        if not current:
            continue
        statement, _ = await made.container.assessor.open(current[0])
        again = await made.container.assessor.compute(citizen, statement.as_of)
        if again.statement.digest != statement.digest:
            found.append(f"citizen {citizen['_id']}: the statement is not what the records give")
    marked = {row["_id"]: row["disputed"] for row in await _all(store, "records", {"status": ACTIVE})}
    open_now = await _all(store, "disputes", {"open": True, "record": {"$ne": None}})
    unmarked = [row["number"] for row in open_now if marked.get(row["record"]) != row["_id"]]
    return found + [f"{number} is open and its record is not marked" for number in unmarked]


async def _notices(store: Store) -> list[str]:
    """(13) Each step that is told was told once: by one notice, which one way took; none is lost on its way."""
    found, told = [], Counter[tuple[str, str]]()
    steps: Counter[tuple[str, str]] = Counter()
    for row in await _all(store, "disputes"):
        told_of = [_TOLD[event["action"]] for event in row["events"] if event["action"] in _TOLD]
        steps.update((row["_id"], kinds[row["record"] is None]) for kinds in told_of)
    waiting = {row["_id"] for row in await _all(store, "outbox", {"done": False})}
    for row in await _all(store, "notices"):
        told[row["about"], row["kind"]] += 1
        sent = sum(one["outcome"] == "sent" for one in row["tries"])
        if sent > 1:
            found.append(f"notice {row['_id']} ({row['kind']}) was sent {sent} times")
        if row["state"] == "sending" and row["_id"] not in waiting:
            found.append(f"notice {row['_id']} ({row['kind']}) is lost on its way")
    kinds = {kind for both in _TOLD.values() for kind in both}
    counted = Counter({step: n for step, n in told.items() if step[1] in kinds})
    return found + [
        f"{step}: {counted[step]} notices of {steps[step]}" for step in steps | counted if counted[step] != steps[step]
    ]


async def _outbox(store: Store) -> list[str]:
    """(6) Everything that could be sent was: nothing is left but what waits for its person, or for its next try."""
    late: dict[str, Any] = {"done": False, "waiting_for": {"$exists": False}}
    late["due"] = {"$lt": utc_now() - timedelta(seconds=90)}
    return [f"outbox {row['kind']} of {row['created_at']} was never sent" for row in await _all(store, "outbox", late)]
