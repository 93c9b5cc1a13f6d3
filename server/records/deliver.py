"""Storing deliveries: idempotent on (source, document number), sealed per person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from schema.principal import Principal
from scoring.records import Delivery, Record
from server.changes import Change, Outcome
from server.mongo import Document, DuplicatesError, Session
from server.parts import Parts
from server.records.reader import ACTIVE, ANNULLED

_MOST_TRIES = 6


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a batch; counts of records."""

    stored: int
    corrected: int
    unchanged: int
    refused: int


class CitizensMovedError(Exception):
    """Somebody left while a delivery about them was stored; they are made anew on the next try."""


class Deliveries:
    """Stores batches of checked records, each batch in one transaction."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def deliver(self, by: Principal, batch: Sequence[Delivery]) -> Delivered:
        """Store a batch; of two versions of a document the later one counts.

        Enrolled citizens are reassessed and told in the same transaction.
        """
        latest = {(d.record.source, d.record.id): d for d in batch}.values()
        repeated = len(batch) - len(latest)
        for tries_left in reversed(range(_MOST_TRIES)):
            try:
                counts = await self._attempt(by, list(latest))
                return Delivered(**{**counts, "unchanged": counts["unchanged"] + repeated})
            except (DuplicatesError, CitizensMovedError):
                if not tries_left:
                    raise
                await asyncio.sleep(0.05)  # another delivery, a binding or a leaving was faster
        raise CitizensMovedError

    async def _attempt(self, by: Principal, batch: Sequence[Delivery]) -> Outcome:
        people = await self._people({d.resident for d in batch})
        fresh = await asyncio.gather(*(self._document(people[d.resident], d.record) for d in batch))

        async def body(change: Change) -> Outcome:
            await self._insert_people(change, people.values())
            citizens = await self._hold(change, [c["_id"] for c in people.values()])
            if len(citizens) < len(people):
                raise CitizensMovedError
            plan = _plan(fresh, await self._known(change.session, fresh))
            await self._write(change, plan)
            touched = {d["citizen"] for d in (*plan.stored, *plan.corrected)}
            for citizen in citizens:
                if citizen["_id"] in touched and citizen["enrolment"] is not None:
                    await self._parts.assessor.reassess(change, citizen, "records", tell=True)
            counts = {
                "stored": len(plan.stored),
                "corrected": len(plan.corrected),
                "unchanged": plan.unchanged,
                "refused": plan.refused,
            }
            await change.audit("records", "records.delivered", counts)
            return counts

        try:
            return await self._parts.changes.run(by, "deliver", body)
        except (DuplicatesError, CitizensMovedError):  # surely not stored; after any other fault it may be
            for citizen in people.values():
                if citizen.get("new"):
                    await self._parts.vault.destroy_key(citizen["key"])
            raise

    @staticmethod
    async def _hold(change: Change, ids: list[str]) -> list[Document]:
        """The citizens as they are in this transaction; whoever binds or leaves meanwhile must wait."""
        query = {"_id": {"$in": ids}}
        await change["citizens"].update_many(query, {"$inc": {"version": 1}}, session=change.session)
        return await change["citizens"].find(query, session=change.session).to_list(None)

    async def _people(self, residents: set[str]) -> dict[str, Document]:
        index = {self._parts.citizens.id_index(r): r for r in residents}
        found = self._parts.store["citizens"].find({"id_index": {"$in": list(index)}})
        people = {index[bytes(c["id_index"])]: c async for c in found}
        missing = sorted(residents - people.keys())
        made = await asyncio.gather(*(self._parts.citizens.make(r) for r in missing))
        return people | {r: {**c, "new": True} for r, c in zip(missing, made, strict=True)}

    @staticmethod
    async def _insert_people(change: Change, people: Iterable[Document]) -> None:
        new = [{k: v for k, v in c.items() if k != "new"} for c in people if c.get("new")]
        if new:
            await change["citizens"].insert_many(new, session=change.session)

    async def _document(self, citizen: Document, record: Record) -> Document:
        return {
            "_id": uuid4().hex,
            "citizen": citizen["_id"],
            "source": record.source,
            "document_index": self._parts.vault.blind(f"document:{record.source}", record.id),
            "rule": record.rule,
            "class": record.data_class.value,
            "occurred_on": record.occurred_on.isoformat(),
            "reported_on": record.reported_on.isoformat(),
            "final": record.final,
            "cured_on": None if record.cured_on is None else record.cured_on.isoformat(),
            "disputed": None,
            "status": ACTIVE,
            "version": 1,
            "content": self._parts.vault.blind_text("content", repr(record)),
            "sealed": await self._parts.vault.seal(citizen["key"], {"id": record.id, "facts": record.facts}),
        }

    async def _known(self, session: Session, fresh: Sequence[Document]) -> dict[bytes, Document]:
        query = {"$or": [{"source": d["source"], "document_index": d["document_index"]} for d in fresh]}
        found = self._parts.store["records"].find(query, session=session)
        return {_key(d): d async for d in found}

    @staticmethod
    async def _write(change: Change, plan: _Plan) -> None:
        if plan.stored:
            await change["records"].insert_many(plan.stored, session=change.session)
        for document in plan.corrected:
            await change["records"].update_one(
                {"_id": document["_id"]},
                {
                    "$set": {k: v for k, v in document.items() if k not in ("_id", "version", "disputed")},
                    "$inc": {"version": 1},
                },
                session=change.session,
            )


@dataclass(slots=True)
class _Plan:
    stored: list[Document]
    corrected: list[Document]
    unchanged: int = 0
    refused: int = 0


def _plan(fresh: Sequence[Document], known: dict[bytes, Document]) -> _Plan:
    plan = _Plan([], [])
    for document in fresh:
        earlier = known.get(_key(document))
        if earlier is None:
            plan.stored.append(document)
        elif earlier["citizen"] != document["citizen"]:
            plan.refused += 1
        elif earlier["content"] == document["content"]:
            plan.unchanged += 1
        elif earlier["status"] == ANNULLED:
            plan.refused += 1
        else:
            plan.corrected.append({**document, "_id": earlier["_id"]})
    return plan


def _key(document: Document) -> bytes:
    return str(document["source"]).encode() + b"\0" + bytes(document["document_index"])
