"""The audit chain: one hash chain per citizen, case or batch, written with each change.

Each link holds the hash of the one before, so that an edit shows. Links name people
only by pseudonymous ids.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from schema.types.principal import Principal
from server.platform.core.layout import AUDIT, HEADS, SEALED, SEALS, STAFF_ROLES
from server.platform.db import DatabaseTransaction, Document, DuplicateError, Store
from server.platform.db.batch_loader import Update, update_each
from server.platform.kit.digests import digest_of
from server.platform.kit.json import JsonObject

GENESIS = "0" * 64
_SEAL_VERSION = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """The first link of a chain that does not fit."""

    chain: str
    seq: int


async def append(
    within: DatabaseTransaction,
    chain: str,
    actor: Principal,
    action: str,
    at: datetime,
    details: Mapping[str, object] | None = None,
    *,
    look: bool = False,
) -> None:
    """Add a link inside the caller's transaction. `look` marks a look at personal data."""
    heads = within[HEADS]
    head = await heads.find_one({"_id": chain})
    seq, previous = (head["seq"] + 1, head["hash"]) if head else (1, GENESIS)
    link: JsonObject = {
        "chain": chain,
        "seq": seq,
        "at": at,
        "role": actor.kind.value,
        "by": actor.id,
        "action": action,
        "details": dict(details or {}),
        "look": look,
        "previous": previous,
    }
    link["hash"] = link_hash(link)
    await within[AUDIT].insert_one(link)
    await heads.update_one({"_id": chain}, {"$set": {"seq": seq, "hash": link["hash"], "sealed": False}}, upsert=True)


async def looks(
    store: Store, chain: str, most: int, before: int | None, only: Mapping[str, object] | None = None
) -> list[Document]:
    """The looks at a chain's person, newest first, from a link on; with `only`, those that it finds."""
    query = _looks(chain, only)
    if before is not None:
        query["seq"] = {"$lt": before}
    rows: list[Document] = await store[AUDIT].find(query).sort([("seq", -1)]).limit(most).to_list(None)
    return rows


async def count_looks(store: Store, chain: str, only: Mapping[str, object] | None = None) -> int:
    """How many looks at a chain's person there were."""
    return await store[AUDIT].count_documents(_looks(chain, only))


def _looks(chain: str, only: Mapping[str, object] | None) -> Document:
    return {"chain": chain, "look": True, **(only or {})}


async def links_of_staff(
    store: Store, account: str | None, most: int, before: tuple[datetime, str] | None
) -> list[Document]:
    """What staff and operators did, newest first; `before` is the moment and the hash of the last one seen."""
    query = _of_staff(account)
    if before is not None:
        at, seen = before
        query["$or"] = [{"at": {"$lt": at}}, {"at": at, "hash": {"$lt": seen}}]
    rows: list[Document] = await store[AUDIT].find(query).sort([("at", -1), ("hash", -1)]).limit(most).to_list(None)
    return rows


async def count_links_of_staff(store: Store, account: str | None) -> int:
    """How often staff and operators did something."""
    return await store[AUDIT].count_documents(_of_staff(account))


def _of_staff(account: str | None) -> Document:
    """A look at a case stands twice, with its citizen and with the case: it is read once."""
    once = {"$nor": [{"action": "case.viewed", "look": False}]}
    return {"role": {"$in": list(STAFF_ROLES)}, **once, **({} if account is None else {"by": account})}


async def is_sealed(store: Store, day: str) -> bool:
    """Whether a day is sealed."""
    return await store[SEALS].find_one({"_id": day}, {"_id": 1}) is not None


async def newest_seal(store: Store) -> Document | None:
    """The seal of the newest day (`_id`)."""
    rows = await store[SEALS].find({}).sort([("_id", -1)]).limit(1).to_list(None)
    return rows[0] if rows else None


def link_hash(link: Document) -> str:
    """SHA-256 over the canonical JSON of a link without its own hash and id."""
    content = {k: v for k, v in link.items() if k not in ("hash", "_id")}
    content["at"] = link["at"].isoformat(timespec="milliseconds")
    data = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return digest_of(data)


async def seal(store: Store, day: str, at: datetime) -> str | None:
    """Seal the chains that grew since the last seal into one root for a day: a Merkle tree over their heads.

    Each root holds the one before, and its own day. It is returned, so that it can be kept elsewhere: then not
    even the end of a chain can be cut off unnoticed. None where the day is sealed already.
    """
    grown = await store[HEADS].find({"sealed": {"$ne": True}}).sort([("_id", 1)]).to_list(None)
    run = uuid4().hex
    leaves = [{"run": run, "chain": h["_id"], "seq": h["seq"], "hash": h["hash"]} for h in grown]
    newest = await newest_seal(store)
    previous = newest["root"] if newest else GENESIS
    row = {"_id": day, "at": at, "run": run, "previous": previous, "v": _SEAL_VERSION}
    root = _root_of(row, leaves)
    if leaves:
        await store[SEALED].insert_many(leaves, ordered=False)
    try:  # last, so that a seal is whole or not there
        await store[SEALS].insert_one({**row, "root": root})
    except DuplicateError:
        await store[SEALED].delete_many({"run": run})
        return None
    sealed = [Update({"_id": h["_id"], "seq": h["seq"]}, {"$set": {"sealed": True}}) for h in grown]
    if sealed:
        await update_each(store[HEADS], sealed)
    return root


def merkle_root(leaves: Sequence[str]) -> str:
    """The root over hexadecimal digests; one without a partner goes up as it is."""
    level = list(leaves) or [GENESIS]
    while len(level) > 1:
        pairs = [level[n : n + 2] for n in range(0, len(level), 2)]
        level = [digest_of("".join(pair)) if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]


def _root_of(seal: Document, leaves: Sequence[Mapping[str, object]]) -> str:
    """The root over a seal's own values, the root before it and the heads it seals.

    Raises one of `_MALFORMED` for a seal of a shape that this code does not write.
    """
    if type(seal["v"]) is not int or type(seal["run"]) is not str:
        raise TypeError  # another kind of value may read the same
    own = f"{seal['v']} {seal['_id']} {seal['at'].isoformat(timespec='milliseconds')} {seal['run']}"
    digests = [digest_of(own), *(_leaf(leaf) for leaf in leaves)]
    return merkle_root([seal["previous"], *digests])


def _leaf(head: Mapping[str, object]) -> str:
    return digest_of(f"{head['chain']} {head['seq']} {head['hash']}")


async def verify_seals(store: Store) -> list[str]:
    """What does not fit the seals.

    A root that its heads do not give, a chain without a link that was sealed, a head that says it is sealed and is not.
    """
    faults: list[str] = []
    previous: object = GENESIS
    sealed = store[HEADS].find({"sealed": True})
    unheld = {str(h["_id"]): (h.get("seq"), h.get("hash")) async for h in sealed}  # before the seals: those only grow
    for row in await store[SEALS].find({}).sort([("_id", 1)]).to_list(None):
        leaves = await store[SEALED].find({"run": {"$eq": row.get("run")}}).sort([("chain", 1)]).to_list(None)
        if not _seal_fits(row, leaves, previous):
            faults.append(f"the seal of {row['_id']} does not fit")
        previous = row.get("root")
        for leaf in leaves:
            chain = str(leaf.get("chain"))
            seq = leaf.get("seq")
            if unheld.get(chain) == (seq, leaf.get("hash")):
                del unheld[chain]
            link = await store[AUDIT].find_one({"chain": chain, "seq": {"$eq": seq}}, {"hash": 1})
            if link is None or link.get("hash") != leaf.get("hash"):
                faults.append(f"{chain}: link {seq}, sealed on {row['_id']}, is gone or changed")
    return faults + [f"{chain}: its head says that it is sealed; no seal holds it" for chain in unheld]


def _seal_fits(row: Document, leaves: Sequence[Mapping[str, object]], previous: object) -> bool:
    try:
        return bool(row["previous"] == previous and row["root"] == _root_of(row, leaves))
    except _MALFORMED:
        return False


async def verify(store: Store, chain: str | None = None) -> list[Fault]:
    """The first broken link of every chain that has one; chains may grow meanwhile."""
    heads = {str(h["_id"]): _end_of(h) async for h in store[HEADS].find({} if chain is None else {"_id": chain})}
    links = store[AUDIT].find({} if chain is None else {"chain": chain}).sort([("chain", 1), ("seq", 1)])
    faults: dict[str, Fault] = {}
    last: dict[str, _End] = {}
    reached: set[str] = set()
    async for link in links:
        name = str(link.get("chain"))
        end = _end_of(link)
        before = last.get(name, _NOTHING)
        if not _link_fits(link, before):
            faults.setdefault(name, Fault(name, before.seq + 1 if end.seq <= before.seq else end.seq))
        if heads.get(name) == end:
            reached.add(name)
        last[name] = end
    for name in last.keys() | heads.keys():
        if name not in faults and (seq := await _end_fault(store, name, last, heads, reached)) is not None:
            faults[name] = Fault(name, seq)
    return list(faults.values())


@dataclass(frozen=True, slots=True)
class _End:
    """Where a chain ends: its newest link, or what its head says of it."""

    seq: int
    hash: object


_NOTHING = _End(0, GENESIS)
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
"""What computing a hash raises on a document that this code has not written."""


def _end_of(row: Mapping[str, object]) -> _End:
    seq = row.get("seq")
    return _End(seq if isinstance(seq, int) and not isinstance(seq, bool) else 0, row.get("hash"))


def _link_fits(link: Document, before: _End) -> bool:
    try:
        follows = link["seq"] == before.seq + 1 and link["previous"] == before.hash
        return bool(follows and link_hash(link) == link["hash"])
    except _MALFORMED:
        return False


async def _end_fault(
    store: Store, name: str, last: Mapping[str, _End], heads: Mapping[str, _End], reached: set[str]
) -> int | None:
    """Where the end of a chain does not fit its head; links and head are written together, so none is ahead for long.

    The head was read before the links: one that names a link which is not there is wrong. Links after it came
    meanwhile, and then the head by now has come as far, or it is an older one.
    """
    end = last.get(name, _NOTHING)
    head = heads.get(name)
    if head is not None and name not in reached:
        return min(head.seq, end.seq + 1)
    if head == end:
        return None
    row = await store[HEADS].find_one({"_id": name})
    now = _NOTHING if row is None else _end_of(row)
    return None if now.seq > end.seq or now == end else now.seq + 1
