"""Everything that is held about a citizen, opened and readable, for that citizen.

Of those who work on a dispute it says the role and never who, as the API does; what a colleague wrote to
another is theirs, and a proposal that nobody approved is not yet a decision.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from schema.principal import Principal
from scoring.disputes import DisputeState
from server.changes import Change, Outcome
from server.citizens import chain_of
from server.mongo import Document, is_sealed
from server.system import System

_OWNED = ("records", "record_versions", "passes")
_INTERNAL = frozenset({"_id", "key", "id_index", "document_index", "code_index", "hash", "previous", "fingerprint"})
_INTERNAL |= {"name_index", "masked_index"}
_INTERNAL |= {"content", "by", "chain", "citizen", "locked_by", "v"}
_OF_A_DISPUTE = ("number", "rule", "source", "points", "reason", "state", "filed_on", "due_on", "lapsed", "appealed")


async def export_of(system: System, by: Principal) -> Document:
    """All documents about a citizen, by what they are; the log says that they were read. Raises Refused."""
    citizen = await system.citizens.get(by.id)
    await _log(system, by)
    held: Document = {"made_at": system.clock().isoformat(), "identity": await _plain(system, citizen)}
    for name in _OWNED:
        rows = await system.store[name].find({"citizen": by.id}).to_list(None)
        held[name] = [await _plain(system, row) for row in rows]
    rows = await system.store["disputes"].find({"citizen": by.id}).to_list(None)
    photos = await system.evidence.of_disputes([row["_id"] for row in rows])
    held["disputes"] = [await _dispute(system, row) for row in rows]
    held["evidence"] = [
        {"dispute": row["number"], "added_at": photo.added_at.isoformat(), "address": photo.url}
        for row in rows
        for photo in photos[row["_id"]]
    ]
    rows = await system.store["assessments"].find({"citizen": by.id}).sort([("at", -1)]).to_list(None)
    held["assessments"] = [(await system.assessor.printed(row))["statement"] | {"cause": row["cause"]} for row in rows]
    links = system.store["audit"].find({"chain": chain_of(str(by.id))}).sort([("seq", 1)])
    held["log"] = [await _plain(system, row) for row in await links.to_list(None)]
    bound = [contact["hash"] for contact in citizen.get("contacts", [])]
    rows = await system.store["contacts"].find({"_id": {"$in": bound}}).to_list(None)
    held["accounts"] = [await _plain(system, row) for row in rows]
    named = dict.fromkeys(("channel", "renewed_at", "expires_at", "ends_at"), 1) | {"_id": 0}
    sign_ins = system.store["refresh_tokens"].find({"contact": {"$in": bound}}, named)
    held["sign_ins"] = [await _plain(system, row) for row in await sign_ins.to_list(None)]
    return held


async def _log(system: System, by: Principal) -> None:
    async def body(change: Change) -> Outcome:
        await change.audit(chain_of(str(by.id)), "data.read", look=True)
        return {}

    await system.changes.run(by, "read_export", body)


async def _dispute(system: System, row: Document) -> Document:
    """A dispute as its citizen may read it."""
    content = await system.vault.open(row["sealed"])
    final = row["state"] in (DisputeState.RESOLVED.value, DisputeState.REJECTED.value)
    shown = {str(row["explained_at"])} if final else set()
    shown |= {str(n) for n, e in enumerate(row["events"]) if e["by"] == "citizen" or e["action"] == "ask"}
    events = [
        {"at": e["at"].isoformat(), "action": e["action"], "by": e["by"]}
        | ({"text": content["texts"][str(n)]} if str(n) in shown and str(n) in content["texts"] else {})
        for n, e in enumerate(row["events"])
    ]
    plain = {name: row.get(name) for name in _OF_A_DISPUTE}
    return plain | {
        "words": content["words"],
        "determination": row["determination"] if final else None,
        "events": events,
    }


async def _plain(system: System, value: Any) -> Any:
    """A document as JSON: what is sealed opened, keys and digests left out."""
    if is_sealed(value):
        return await _plain(system, await system.vault.open(value))
    if isinstance(value, dict):
        opened: Document = {}
        for name, part in value.items():
            if name == "sealed":
                opened |= await _plain(system, part)
            elif name not in _INTERNAL and (is_sealed(part) or not isinstance(part, bytes)):
                opened[name] = await _plain(system, part)
        return opened
    if isinstance(value, list):
        return [await _plain(system, part) for part in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
