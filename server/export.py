"""Everything that is held about a citizen, opened and readable, for that citizen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from server.citizens import chain_of
from server.mongo import Document, is_sealed
from server.system import System

_OWNED = ("records", "passes", "disputes", "evidence")
_INTERNAL = frozenset({"_id", "key", "id_index", "document_index", "code_index", "hash", "previous", "fingerprint"})


async def export_of(system: System, citizen_id: str) -> Document:
    """All documents about a citizen, by what they are. Raises Refused (NOT_ENROLLED) after leaving."""
    citizen = await system.citizens.get(citizen_id)
    held: Document = {"made_at": system.clock().isoformat(), "identity": await _plain(system, citizen)}
    for name in _OWNED:
        rows = await system.store[name].find({"citizen": citizen_id}).to_list(None)
        held[name] = [await _plain(system, row) for row in rows]
    rows = await system.store["assessments"].find({"citizen": citizen_id}).sort([("at", -1)]).to_list(None)
    held["assessments"] = [(await system.assessor.printed(row))["statement"] | {"cause": row["cause"]} for row in rows]
    links = system.store["audit"].find({"chain": chain_of(citizen_id)}).sort([("seq", 1)])
    held["log"] = [await _plain(system, row) for row in await links.to_list(None)]
    bound = [contact["hash"] for contact in citizen.get("contacts", [])]
    rows = await system.store["contacts"].find({"_id": {"$in": bound}}).to_list(None)
    held["accounts"] = [await _plain(system, row) for row in rows]
    return held


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
