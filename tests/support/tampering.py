"""Every way in which someone with the database in hand may change the audit chain, one at a time, and back again.

They know how hashes are made and can make them again. What a chain cannot show by itself is not here: links that no
seal holds yet, cut off or added together with their head.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bson import ObjectId

from server.platform.core import audit
from server.platform.db import Document, Store

COLLECTIONS = ("audit", "audit_heads", "audit_sealed", "audit_seals")
_SAYS = ("action", "details", "at", "by", "role", "look")
Rows = Mapping[str, Mapping[Any, Document]]
Edit = tuple[str, Any, Document | None]
"""Collection, id, and the document that takes the place of the one there; None: it is deleted."""


@dataclass(frozen=True, slots=True)
class Chains:
    """Everything there is, by collection and id, and what someone who tampers looks for in it."""

    rows: Rows

    @classmethod
    async def read(cls, store: Store) -> Chains:
        """As they stand."""
        return cls({name: {row["_id"]: row async for row in store[name].find({})} for name in COLLECTIONS})

    def chain(self, name: str) -> list[Document]:
        """Its links in order."""
        links = (link for link in self.rows["audit"].values() if link["chain"] == name)
        return sorted(links, key=lambda link: int(link["seq"]))

    def sealed(self) -> dict[str, int]:
        """The newest sealed link of each chain that has one."""
        found: dict[str, int] = {}
        for leaf in self.rows["audit_sealed"].values():
            found[leaf["chain"]] = max(found.get(leaf["chain"], 0), leaf["seq"])
        return found

    def one(self, chance: Random, collection: str) -> Document:
        """A copy of any document."""
        return copy.deepcopy(chance.choice(list(self.rows[collection].values())))

    def longer_than(self, chance: Random, links: int) -> list[Document]:
        """Copies of the links of a chain that has more than so many."""
        names = [n for n in self.rows["audit_heads"] if self.rows["audit_heads"][n]["seq"] > links]
        return copy.deepcopy(self.chain(chance.choice(sorted(names))))


async def apply(store: Store, edits: list[Edit]) -> None:
    """Write edits."""
    for collection, id, row in edits:
        await store[collection].delete_one({"_id": id})
        if row is not None:
            await store[collection].insert_one(row)


def back(chains: Chains, edits: list[Edit]) -> list[Edit]:
    """The edits that undo edits."""
    return [(collection, id, chains.rows[collection].get(id)) for collection, id, _ in edits]


def draw(chains: Chains, kind: str, chance: Random) -> list[Edit]:
    """Edits of a kind that do change something: the ids of links alone say nothing."""
    while True:
        edits = KINDS[kind](chains, chance)
        before = [chains.rows[collection].get(id) for collection, id, _ in edits]
        if _said(before) != _said([row for _, _, row in edits]):
            return edits


def _said(rows: list[Document | None]) -> list[str]:
    return sorted(repr({**row, "_id": None} if "previous" in row else row) for row in rows if row is not None)


async def found(store: Store) -> bool:
    """Whether `egret audit verify` would say that something is wrong."""
    return bool(await audit.verify(store)) or bool(await audit.verify_seals(store))


# Links


def edit_field(chains: Chains, chance: Random) -> list[Edit]:
    """Any value of a link, inside of others too: changed, of another kind, gone, or one more."""
    link = chains.one(chance, "audit")
    holder, key = chance.choice([place for place in _places(link) if place[1] != "_id"])
    how = chance.randrange(10)
    if how == 0:
        holder.pop(key)
    elif how == 1:
        holder[f"{key}_"] = holder[key]
    else:
        holder[key] = other(holder[key], chance)
    return [("audit", link["_id"], link)]


def flip_hash(chains: Chains, chance: Random) -> list[Edit]:
    """One bit of a hash."""
    link = chains.one(chance, "audit")
    field = chance.choice(("hash", "previous"))
    link[field] = f"{int(link[field], 16) ^ 1 << chance.randrange(256):064x}"
    return [("audit", link["_id"], link)]


def delete(chains: Chains, chance: Random) -> list[Edit]:
    """A link is gone."""
    return [("audit", chains.one(chance, "audit")["_id"], None)]


def reorder(chains: Chains, chance: Random) -> list[Edit]:
    """Two links of a chain change places, by their numbers or in what they say; perhaps with hashes made again."""
    first, second = chance.sample(chains.longer_than(chance, 1), 2)
    for field in chance.choice((("seq",), ("seq", "previous"), _SAYS)):
        first[field], second[field] = second[field], first[field]
    return _hashed_perhaps([first, second], chance)


def insert_forged(chains: Chains, chance: Random) -> list[Edit]:
    """A link that fits the one before it; those after it move up, or it comes after the end."""
    links = chains.longer_than(chance, 0)
    place = chance.randrange(len(links)) + 1
    forged = {**links[place - 1], "_id": ObjectId(), "seq": place + 1, "action": "record.annulled"}
    forged["previous"] = links[place - 1]["hash"]
    forged["hash"] = audit.link_hash(forged)
    moved = [{**link, "seq": link["seq"] + 1} for link in links[place:]]
    return [("audit", link["_id"], link) for link in (forged, *moved)]


def swap_chains(chains: Chains, chance: Random) -> list[Edit]:
    """Two links of different chains change places, hashes made again or not."""
    first = chains.one(chance, "audit")
    others = [link for link in chains.rows["audit"].values() if link["chain"] != first["chain"]]
    second = copy.deepcopy(chance.choice(others))
    for field in ("chain", "seq", "previous"):
        first[field], second[field] = second[field], first[field]
    return _hashed_perhaps([first, second], chance)


def truncate(chains: Chains, chance: Random) -> list[Edit]:
    """The end of a chain is cut off before its last seal, and the head set back; it may say that it is sealed."""
    name, upto = chance.choice(sorted(chains.sealed().items()))
    links, keep = chains.chain(name), chance.randrange(upto)
    edits: list[Edit] = [("audit", link["_id"], None) for link in links[keep:]]
    return [*edits, _head_at(chains, name, keep, sealed=chance.random() < 0.5)]


def duplicate(chains: Chains, chance: Random) -> list[Edit]:
    """A link once more: as it is, at the end of its chain, or of another."""
    link = chains.one(chance, "audit")
    link["_id"] = ObjectId()
    if chance.random() < 0.5:
        last = chains.longer_than(chance, 0)[-1]
        link |= {"chain": last["chain"], "seq": last["seq"] + 1}
        if chance.random() < 0.5:
            link["previous"] = last["hash"]
            link["hash"] = audit.link_hash(link)
    return [("audit", link["_id"], link)]


def rewrite(chains: Chains, chance: Random) -> list[Edit]:
    """A link that a seal holds, or one before it, is edited, and every hash after it made again, the head's too."""
    name, upto = chance.choice(sorted(chains.sealed().items()))
    links = copy.deepcopy(chains.chain(name))
    place = chance.randrange(upto)
    link = links[place]
    link |= chance.choice(({"action": f"{link['action']}."}, {"by": "0"}, {"at": link["at"] + timedelta(seconds=1)}))
    for n in range(place, len(links)):
        links[n]["previous"] = links[n - 1]["hash"] if n else audit.GENESIS
        links[n]["hash"] = audit.link_hash(links[n])
    head = {**chains.rows["audit_heads"][name], "hash": links[-1]["hash"]}
    return [("audit_heads", name, head), *(("audit", link["_id"], link) for link in links[place:])]


# Heads and seals


def older_head(chains: Chains, chance: Random) -> list[Edit]:
    """A head as it was before; the links stay."""
    links = chains.longer_than(chance, 1)
    return [_head_at(chains, links[0]["chain"], chance.randrange(1, len(links)), sealed=chance.random() < 0.5)]


def edit_head(chains: Chains, chance: Random) -> list[Edit]:
    """A head is changed, gone, of a chain that is not there, or says that it is sealed."""
    head = chains.one(chance, "audit_heads")
    how = chance.randrange(8)
    if how == 0:
        return [("audit_heads", head["_id"], None)]
    if how == 1:
        forged = {**head, "_id": f"{head['_id']}0"}
        return [("audit_heads", forged["_id"], forged)]
    unsealed = [h for h in chains.rows["audit_heads"].values() if not h["sealed"]]
    if how == 2 and unsealed:
        head = {**chance.choice(unsealed), "sealed": True}
    else:
        field = chance.choice(("seq", "hash"))
        head[field] = other(head[field], chance)
    return [("audit_heads", head["_id"], head)]


def edit_seal(chains: Chains, chance: Random) -> list[Edit]:
    """A seal, or a head that it holds, is changed, gone or one more; or two seals change their days."""
    how = chance.randrange(6)
    if how == 0:
        first, second = copy.deepcopy(chance.sample(list(chains.rows["audit_seals"].values()), 2))
        first["_id"], second["_id"] = second["_id"], first["_id"]
        return [("audit_seals", row["_id"], row) for row in (first, second)]
    collection = chance.choice(("audit_sealed", "audit_seals"))
    row = chains.one(chance, collection)
    if how == 1:
        return [(collection, row["_id"], None)]
    if how == 2:
        forged = {**chains.one(chance, "audit_sealed"), "_id": ObjectId()}
        return [("audit_sealed", forged["_id"], {**forged, "seq": forged["seq"] + 1})]
    field = chance.choice([name for name in row if name != "_id"])
    row[field] = other(row[field], chance)
    return [(collection, row["_id"], row)]


KINDS: dict[str, Callable[[Chains, Random], list[Edit]]] = {
    "edit of a field": edit_field,
    "bit of a hash": flip_hash,
    "delete": delete,
    "reorder": reorder,
    "insert forged": insert_forged,
    "swap between chains": swap_chains,
    "truncate before the last seal": truncate,
    "duplicate": duplicate,
    "rewrite with hashes anew": rewrite,
    "older head": older_head,
    "edit of a head": edit_head,
    "edit of a seal": edit_seal,
}


def other(value: Any, chance: Random) -> Any:
    """Another value: near it, or of another kind."""
    if chance.random() < 0.15:
        kinds: tuple[Any, ...] = (None, 1.5, "x", [], {}, b"x", True)
        return chance.choice([one for one in kinds if type(one) is not type(value)])
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return chance.choice((value + 1, value - 1, float(value), str(value), -value - 1))
    if isinstance(value, datetime):
        return value + timedelta(milliseconds=chance.choice((-1, 1)) * chance.randrange(1, 10**9))
    if isinstance(value, str) and value:
        place = chance.randrange(len(value))
        return value[:place] + chr(ord(value[place]) ^ 1 << chance.randrange(5)) + value[place + 1 :]
    return [value]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every holder and key in a document, those inside of others too."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        if isinstance(value, dict):
            yield value, key
        yield from _places(value[key])


def _head_at(chains: Chains, name: str, seq: int, *, sealed: bool) -> Edit:
    """A head at a link of its chain; gone where that is none."""
    if seq == 0:
        return "audit_heads", name, None
    return "audit_heads", name, {"_id": name, "seq": seq, "hash": chains.chain(name)[seq - 1]["hash"], "sealed": sealed}


def _hashed_perhaps(links: list[Document], chance: Random) -> list[Edit]:
    if chance.random() < 0.5:
        for link in links:
            link["hash"] = audit.link_hash(link)
    return [("audit", link["_id"], link) for link in links]
