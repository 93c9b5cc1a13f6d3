"""Storing deliveries: idempotent on (source, document number), sealed per person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from schema.principal import Principal
from scoring.records import Delivery, Record
from server.assessments import Assessor
from server.changes import Change, Changes, Outcome
from server.citizens import Citizens
from server.keys import Vault
from server.mongo import Document, Session, Store
from server.records.reader import ACTIVE, ANNULLED


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a batch; counts of records."""

    stored: int
    corrected: int
    unchanged: int
    refused: int


class Deliveries:
    """Stores batches of checked records, each batch in one transaction."""

    def __init__(self, store: Store, vault: Vault, citizens: Citizens, changes: Changes, assessor: Assessor) -> None:
        self._store = store
        self._vault = vault
        self._citizens = citizens
        self._changes = changes
        self._assessor = assessor

    async def deliver(self, by: Principal, batch: Sequence[Delivery]) -> Delivered:
        """Store a batch. Enrolled citizens are reassessed and told in the same transaction."""
        people = await self._people({d.resident for d in batch})
        fresh = await asyncio.gather(*(self._document(people[d.resident], d.record) for d in batch))

        async def body(change: Change) -> Outcome:
            await self._insert_people(change, people.values())
            known = await self._known(change.session, fresh)
            plan = _plan(fresh, known)
            await self._write(change, plan)
            touched = {d["citizen"] for d in (*plan.stored, *plan.corrected)}
            for citizen in people.values():
                if citizen["_id"] in touched and citizen["enrolment"] is not None:
                    await self._assessor.reassess(change, citizen, "records", tell=True)
            counts = {
                "stored": len(plan.stored),
                "corrected": len(plan.corrected),
                "unchanged": plan.unchanged,
                "refused": plan.refused,
            }
            await change.audit("records", "records.delivered", counts)
            return counts

        return Delivered(**await self._changes.run(by, "deliver", body))

    async def _people(self, residents: set[str]) -> dict[str, Document]:
        index = {self._citizens.id_index(r): r for r in residents}
        found = self._store["citizens"].find({"id_index": {"$in": list(index)}})
        people = {index[bytes(c["id_index"])]: c async for c in found}
        missing = sorted(residents - people.keys())
        made = await asyncio.gather(*(self._citizens.make(r) for r in missing))
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
            "document_index": self._vault.blind(f"document:{record.source}", record.id),
            "rule": record.rule,
            "class": record.data_class.value,
            "occurred_on": record.occurred_on.isoformat(),
            "reported_on": record.reported_on.isoformat(),
            "final": record.final,
            "disputed": record.disputed,
            "status": ACTIVE,
            "version": 1,
            "content": self._vault.blind_text("content", repr(record)),
            "sealed": await self._vault.seal(citizen["key"], {"id": record.id, "facts": record.facts}),
        }

    async def _known(self, session: Session, fresh: Sequence[Document]) -> dict[bytes, Document]:
        query = {"$or": [{"source": d["source"], "document_index": d["document_index"]} for d in fresh]}
        found = self._store["records"].find(query, session=session)
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
    seen: set[bytes] = set()
    for document in fresh:
        earlier = known.get(_key(document))
        if _key(document) in seen:
            plan.unchanged += 1
        elif earlier is None:
            plan.stored.append(document)
        elif earlier["citizen"] != document["citizen"]:
            plan.refused += 1
        elif earlier["content"] == document["content"]:
            plan.unchanged += 1
        elif earlier["status"] == ANNULLED:
            plan.refused += 1
        else:
            plan.corrected.append({**document, "_id": earlier["_id"]})
        seen.add(_key(document))
    return plan


def _key(document: Document) -> bytes:
    return str(document["source"]).encode() + b"\0" + bytes(document["document_index"])
