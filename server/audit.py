"""The audit chain: one hash chain per citizen, case or batch, written with each change.

Each link holds the hash of the one before, so that an edit shows. Links name people
only by pseudonymous ids.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schema.principal import Principal
from server.mongo import Session, Store

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Fault:
    """The first link of a chain that does not fit."""

    chain: str
    seq: int


async def append(
    store: Store,
    session: Session,
    chain: str,
    by: Principal,
    action: str,
    at: datetime,
    details: Mapping[str, Any] | None = None,
    *,
    look: bool = False,
) -> None:
    """Add a link inside the caller's transaction. `look` marks a look at personal data."""
    heads = store["audit_heads"]
    head = await heads.find_one({"_id": chain}, session=session)
    seq, previous = (head["seq"] + 1, head["hash"]) if head else (1, GENESIS)
    link: dict[str, Any] = {
        "chain": chain,
        "seq": seq,
        "at": at,
        "role": by.kind.value,
        "by": by.id,
        "action": action,
        "details": dict(details or {}),
        "look": look,
        "previous": previous,
    }
    link["hash"] = link_hash(link)
    await store["audit"].insert_one(link, session=session)
    await heads.update_one({"_id": chain}, {"$set": {"seq": seq, "hash": link["hash"]}}, upsert=True, session=session)


def link_hash(link: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a link without its own hash and id."""
    content = {k: v for k, v in link.items() if k not in ("hash", "_id")}
    content["at"] = link["at"].isoformat(timespec="milliseconds")
    data = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(data.encode()).hexdigest()


async def verify(store: Store, chain: str | None = None) -> list[Fault]:
    """The first broken link of every chain that has one."""
    heads = {h["_id"]: h async for h in store["audit_heads"].find({} if chain is None else {"_id": chain})}
    links = store["audit"].find({} if chain is None else {"chain": chain}).sort([("chain", 1), ("seq", 1)])
    faults: dict[str, Fault] = {}
    last: dict[str, tuple[int, str]] = {}
    reached: set[str] = set()
    async for link in links:
        name, seq = link["chain"], link["seq"]
        before, previous = last.get(name, (0, GENESIS))
        fits = seq == before + 1 and link["previous"] == previous and link_hash(link) == link["hash"]
        head = heads.get(name)
        if head is not None and head["seq"] == seq and head["hash"] == link["hash"]:
            reached.add(name)  # links after the head came while this was read
        if not fits:
            faults.setdefault(name, Fault(name, seq))
        last[name] = (seq, link["hash"])
    for name in last.keys() | heads.keys():
        if name not in reached and (name in heads or await store["audit_heads"].find_one({"_id": name}) is None):
            faults.setdefault(name, Fault(name, last.get(name, (0, ""))[0] + (name in heads)))
    return list(faults.values())
