"""The audit chain: one hash chain per citizen, case or batch, written with each change.

Each link holds the hash of the one before, so that an edit shows. Links name people
only by pseudonymous ids.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from schema.principal import Principal
from server.mongo import DuplicateError, Session, Store
from server.mongo.together import Update, update_each

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
    await heads.update_one(
        {"_id": chain}, {"$set": {"seq": seq, "hash": link["hash"], "sealed": False}}, upsert=True, session=session
    )


def link_hash(link: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a link without its own hash and id."""
    content = {k: v for k, v in link.items() if k not in ("hash", "_id")}
    content["at"] = link["at"].isoformat(timespec="milliseconds")
    data = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(data.encode()).hexdigest()


async def seal(store: Store, day: str, at: datetime) -> str | None:
    """Seal the chains that grew since the last seal into one root for a day: a Merkle tree over their heads.

    Each root holds the one before. It is returned, so that it can be kept by somebody else: then not even the end of
    a chain can be cut off unnoticed. None where the day is sealed already.
    """
    grown = await store["audit_heads"].find({"sealed": {"$ne": True}}).sort([("_id", 1)]).to_list(None)
    run = uuid4().hex
    leaves = [{"run": run, "chain": h["_id"], "seq": h["seq"], "hash": h["hash"]} for h in grown]
    newest = await store["audit_seals"].find({}).sort([("_id", -1)]).limit(1).to_list(None)
    previous = newest[0]["root"] if newest else GENESIS
    root = merkle_root([previous, *(_leaf(leaf) for leaf in leaves)])
    if leaves:
        await store["audit_sealed"].insert_many(leaves, ordered=False)
    try:  # last, so that a seal is whole or not there
        await store["audit_seals"].insert_one({"_id": day, "at": at, "run": run, "previous": previous, "root": root})
    except DuplicateError:
        await store["audit_sealed"].delete_many({"run": run})
        return None
    sealed = [Update({"_id": h["_id"], "seq": h["seq"]}, {"$set": {"sealed": True}}) for h in grown]
    if sealed:
        await update_each(store["audit_heads"], sealed)
    return root


def merkle_root(leaves: Sequence[str]) -> str:
    """The root over hexadecimal digests; one without a partner goes up as it is."""
    level = list(leaves) or [GENESIS]
    while len(level) > 1:
        pairs = [level[n : n + 2] for n in range(0, len(level), 2)]
        level = [hashlib.sha256("".join(pair).encode()).hexdigest() if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]


def _leaf(head: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{head['chain']} {head['seq']} {head['hash']}".encode()).hexdigest()


async def verify_seals(store: Store) -> list[str]:
    """What does not fit the seals: a root that its heads do not give, or a chain without a link that was sealed."""
    faults, previous = [], GENESIS
    for row in await store["audit_seals"].find({}).sort([("_id", 1)]).to_list(None):
        leaves = await store["audit_sealed"].find({"run": row["run"]}).sort([("chain", 1)]).to_list(None)
        root = merkle_root([previous, *(_leaf(leaf) for leaf in leaves)])
        if root != row["root"] or row["previous"] != previous:
            faults.append(f"the seal of {row['_id']} does not fit")
        previous = row["root"]
        for leaf in leaves:
            link = await store["audit"].find_one({"chain": leaf["chain"], "seq": leaf["seq"]}, {"hash": 1})
            if link is None or link["hash"] != leaf["hash"]:
                faults.append(f"{leaf['chain']}: link {leaf['seq']}, sealed on {row['_id']}, is gone or changed")
    return faults


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
