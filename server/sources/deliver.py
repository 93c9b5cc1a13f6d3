"""Storing deliveries: idempotent on (source, document number), sealed per person, earlier versions kept."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from uuid import uuid4

import orjson

from schema.types.principal import Caller, Principal
from scoring.records import Delivery, Record
from server.citizens.citizens import Citizens
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Document, DuplicatesError, Store
from server.platform.db.store import ORPHAN_SECONDS
from server.platform.kit.errors import GoneError
from server.records.reader import ACTIVE, ANNULLED, REPAIRED

_MOST_TRIES = 6
_A_WHILE = 50


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a batch; counts of records."""

    stored: int
    corrected: int
    unchanged: int
    refused: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch ready to be stored: the people it is about, each record sealed."""

    people: dict[str, Document]
    fresh: list[Document]
    repeated: int


class CitizensMovedError(GoneError):
    """Somebody left while a delivery about them was stored; they are made anew on the next try."""


class Deliveries:
    """Stores batches of checked records, each batch in one transaction."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
    ) -> None:
        self._store = store
        self._vault = vault
        self._unit_of_work = unit_of_work
        self._citizens = citizens

    async def deliver(
        self,
        actor: Principal,
        batch: Sequence[Delivery],
        prepared: Prepared | None = None,
        *,
        reporter: str | None = None,
    ) -> Delivered:
        """Store a batch; of two versions of a document the later one counts.

        The outbox reassesses the enrolled and tells them. An entity must not learn who takes part from how long that
        takes: what it delivers leaves the same work behind for everybody. `reporter` is the entity that delivers,
        `prepared` what `prepare` made of the same batch.
        """
        for tries_left in reversed(range(_MOST_TRIES)):
            made = prepared or await self.prepare(batch, reporter=reporter)
            prepared = None
            try:
                return await self._attempt(actor, made, of_all=reporter is not None)
            except (DuplicatesError, CitizensMovedError):
                if not tries_left:
                    raise
                await asyncio.sleep(0.05)  # another delivery, a binding or a leaving was faster
        raise CitizensMovedError

    async def prepare(
        self, batch: Sequence[Delivery], *, reporter: str | None = None, known: Mapping[str, Document] | None = None
    ) -> Prepared:
        """Find or make the people of a batch and seal its records; nothing of it is stored but keys.

        `known` are people by ID number whom another batch is storing at this moment.
        """
        latest = {(d.record.source, d.record.id): d for d in batch}.values()
        residents = {d.resident for d in latest}
        people = {r: known[r] for r in residents if r in known} if known else {}
        people |= await self._people(residents - people.keys())
        await self._vault.make_ready([c["key"] for c in people.values()])
        fresh = []
        for place, d in enumerate(latest):
            if place % _A_WHILE == 0:
                await asyncio.sleep(0)  # what is being stored meanwhile goes on
            fresh.append(await self._document(people[d.resident], d.record, reporter))
        return Prepared(people, fresh, len(batch) - len(latest))

    async def _attempt(self, actor: Principal, made: Prepared, *, of_all: bool) -> Delivered:
        try:
            return await self._store_batch(Caller(actor), made=made, of_all=of_all)
        except (DuplicatesError, CitizensMovedError):  # surely not stored; after any other fault it may be
            for citizen in made.people.values():
                if citizen.get("new"):
                    await self._vault.destroy_key(citizen["key"])
            raise

    @use_case("deliver", patience=ORPHAN_SECONDS)
    async def _store_batch(self, tx: Transaction, *, made: Prepared, of_all: bool) -> Delivered:
        people, fresh = made.people, made.fresh
        await self._insert_people(tx, people.values())
        enrolled = await self._hold(tx, [c["_id"] for c in people.values()])
        moved = list(people.values()) if of_all else enrolled
        plan = _plan(fresh, await self._known(tx, fresh))
        await self._write(tx, plan)
        touched = {d["citizen"] for d in (*plan.stored, *plan.corrected)}
        again = [(c["key"], {"citizen": c["_id"]}) for c in moved if c["_id"] in touched]
        await tx.notify_each("reassess", again)
        done = Delivered(len(plan.stored), len(plan.corrected), plan.unchanged, plan.refused)
        chain = f"records:{fresh[0]['reporter'] or 'platform'}" if fresh else "records"
        await tx.audit(chain, "records.delivered", asdict(done))
        return replace(done, unchanged=done.unchanged + made.repeated)

    @staticmethod
    async def _hold(tx: Transaction, ids: list[str]) -> list[Document]:
        """The enrolled among citizens, as they are in this transaction; who binds or leaves meanwhile must wait."""
        query = {"_id": {"$in": ids}}
        held = await tx["citizens"].update_many(query, {"$inc": {"version": 1}})
        if held.matched_count < len(ids):
            raise CitizensMovedError
        enrolled = query | {"enrolment": {"$ne": None}}
        return await tx["citizens"].find(enrolled).to_list(None)

    async def _people(self, residents: set[str]) -> dict[str, Document]:
        index = {self._citizens.id_index(r): r for r in residents}
        found = self._store["citizens"].find({"id_index": {"$in": list(index)}}, {"id_index": 1, "key": 1})
        people = {index[bytes(c["id_index"])]: c for c in await found.to_list(None)}
        missing = sorted(residents - people.keys())
        made = await asyncio.gather(*(self._citizens.make(r) for r in missing))
        return people | {r: {**c, "new": True} for r, c in zip(missing, made, strict=True)}

    @staticmethod
    async def _insert_people(tx: Transaction, people: Iterable[Document]) -> None:
        new = [{k: v for k, v in c.items() if k != "new"} for c in people if c.get("new")]
        if new:
            await tx["citizens"].insert_many(new)

    async def _document(self, citizen: Document, record: Record, reporter: str | None) -> Document:
        return {
            "_id": secrets.token_hex(16),
            "citizen": citizen["_id"],
            "source": record.source,
            "reporter": reporter,
            "document_index": self._vault.blind(f"document:{record.source}", record.id),
            "rule": record.rule,
            "class": record.data_class.value,
            "occurred_on": record.occurred_on.isoformat(),
            "reported_on": record.reported_on.isoformat(),
            "final": record.final,
            "cured_on": None if record.cured_on is None else record.cured_on.isoformat(),
            "disputed": None,
            "status": ACTIVE,
            "version": 1,
            "content": self._vault.blind_text("content", _content(record)),
            "sealed": await self._vault.seal(citizen["key"], {"id": record.id, "facts": record.facts}),
        }

    async def _known(self, tx: Transaction, fresh: Sequence[Document]) -> dict[bytes, Document]:
        by_source: dict[str, list[bytes]] = {}
        for d in fresh:
            by_source.setdefault(d["source"], []).append(d["document_index"])
        each = [{"source": source, "document_index": {"$in": numbers}} for source, numbers in by_source.items()]
        if not each:
            return {}
        found = await tx["records"].find({"$or": each}).to_list(None)
        return {_key(d): d for d in found}

    @staticmethod
    async def _write(tx: Transaction, plan: _Plan) -> None:
        if plan.stored:
            await tx["records"].insert_many(plan.stored)
        if plan.superseded:
            await keep_versions(tx, plan.superseded)
        for document in plan.corrected:
            await tx["records"].update_one(
                {"_id": document["_id"]},
                {
                    "$set": {k: v for k, v in document.items() if k not in ("_id", "version", "disputed")},
                    "$inc": {"version": 1},
                },
            )


async def keep_versions(tx: Transaction, records: Sequence[Document]) -> None:
    """Keep records as they were until now, with their person's other data."""
    rows = [
        {**{k: v for k, v in r.items() if k != "_id"}, "_id": uuid4().hex, "record": r["_id"], "until": tx.now}
        for r in records
    ]
    await tx["record_versions"].insert_many(rows)


@dataclass(slots=True)
class _Plan:
    stored: list[Document]
    corrected: list[Document]
    superseded: list[Document]
    unchanged: int = 0
    refused: int = 0


def _plan(fresh: Sequence[Document], known: dict[bytes, Document]) -> _Plan:
    plan = _Plan([], [], [])
    for document in fresh:
        earlier = known.get(_key(document))
        if earlier is None:
            plan.stored.append(document)
        elif earlier["citizen"] != document["citizen"] or not _may_change(document, earlier):
            plan.refused += 1
        elif earlier["content"] == document["content"]:
            plan.unchanged += 1
        elif earlier["status"] in (ANNULLED, REPAIRED):
            plan.refused += 1
        else:
            plan.superseded.append(earlier)
            plan.corrected.append({**document, "_id": earlier["_id"]})
    return plan


def owner_of(record: Document) -> str:
    """The entity whose record it is: that delivered it, or the source itself where the platform imported it."""
    return str(record["reporter"] or record["source"])


def _may_change(document: Document, earlier: Document) -> bool:
    """An entity changes its own records only; the platform, any."""
    return document["reporter"] in (None, owner_of(earlier))


def _content(record: Record) -> str:
    """Everything that two versions of a document may differ in."""
    all_of_it = (record.rule, record.data_class, record.occurred_on, record.reported_on, record.final, record.facts)
    printed: bytes = orjson.dumps(all_of_it, option=orjson.OPT_SORT_KEYS)
    return printed.decode()


def _key(document: Document) -> bytes:
    return str(document["source"]).encode() + b"\0" + bytes(document["document_index"])
