"""Storing deliveries: idempotent on (source, document number), sealed per person, earlier versions kept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import orjson
from pydantic import JsonValue

from schema.types.principal import Caller, Principal
from scoring.records import Delivery, Record
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import DuplicatesError, Sealed, Store
from server.platform.db.store import ORPHAN_SECONDS
from server.platform.kit.errors import GoneError
from server.records.model import ACTIVE, ANNULLED, REPAIRED, RecordRow, owner_of
from server.records.repository import RecordRepository

_MOST_TRIES = 6
_A_WHILE = 50
_ID_BYTES = 16


class RecordRefusal(StrEnum):
    """Why a record that is all right in itself was not stored."""

    OTHER_PERSON = "other_person"
    OTHER_ENTITY = "other_entity"
    ANNULLED = "annulled"
    REPAIRED = "repaired"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a batch; counts of records. `refusals` has the place in the batch of each that was refused."""

    stored: int
    corrected: int
    unchanged: int
    refusals: tuple[tuple[int, RecordRefusal], ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {
            "stored": self.stored,
            "corrected": self.corrected,
            "unchanged": self.unchanged,
            "refused": self.refused,
        }

    @property
    def refused(self) -> int:
        """How many were refused."""
        return len(self.refusals)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch ready to be stored: the people it is about, each record sealed and its place in the batch.

    `has_known` says that some of its documents were stored before. A batch without any need not look for them in its
    transaction: one that was stored meanwhile is a duplicate there, and the batch is prepared again.
    """

    people: dict[str, Person]
    fresh: list[RecordRow]
    places: list[int]
    repeated: int
    has_known: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A person a batch is about, and whether they take part; `new` is their row where there was none."""

    id: str
    key: Sealed
    enrolled: bool
    new: CitizenRow | None = None


class CitizensMovedError(GoneError):
    """A person joined or left while a delivery about them was stored; the next try finds, or makes, them again."""


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
        self, batch: Sequence[Delivery], *, reporter: str | None = None, known: Mapping[str, Person] | None = None
    ) -> Prepared:
        """Find or make the people of a batch and seal its records; nothing of it is stored but keys.

        `known` are people by ID number whom another batch is storing at this moment.
        """
        places = list({(d.record.source, d.record.id): place for place, d in enumerate(batch)}.values())
        latest = [batch[place] for place in places]
        residents = {d.resident for d in latest}
        people = {r: known[r] for r in residents if r in known} if known else {}
        people |= await self._people(residents - people.keys())
        sealers = await self._vault.sealers([person.key for person in people.values()])
        sealer_of = dict(zip(people, sealers, strict=True))
        fresh: list[RecordRow] = []
        ids = os.urandom(_ID_BYTES * len(latest)).hex()
        for count, d in enumerate(latest):
            if count % _A_WHILE == 0:
                await asyncio.sleep(0)  # what is being stored meanwhile goes on
            record_id = ids[2 * _ID_BYTES * count : 2 * _ID_BYTES * (count + 1)]
            sealed = sealer_of[d.resident].seal({"id": d.record.id, "facts": d.record.facts})
            fresh.append(self._document(record_id, people[d.resident].id, d.record, reporter, sealed))
        has_known = await RecordRepository(self._store).has_any_document(_numbers(fresh))
        return Prepared(people, fresh, places, len(batch) - len(latest), has_known)

    async def _attempt(self, actor: Principal, made: Prepared, *, of_all: bool) -> Delivered:
        try:
            return await self._store_batch(Caller(actor), made=made, of_all=of_all)
        except (DuplicatesError, CitizensMovedError):  # surely not stored; after any other fault it may be
            for person in made.people.values():
                if person.new is not None:
                    await self._vault.destroy_key(person.key)
            raise

    @use_case("deliver", patience=ORPHAN_SECONDS)
    async def _store_batch(self, tx: Transaction, *, made: Prepared, of_all: bool) -> Delivered:
        fresh = made.fresh
        citizens = CitizenRepository(tx)
        if new := [person.new for person in made.people.values() if person.new is not None]:
            await citizens.insert_many(new)
        reassessed = await self._hold(citizens, made, of_all=of_all)
        plan = _plan(fresh, await self._known(tx, fresh) if made.has_known else {})
        await self._write(tx, plan)
        touched = {row["citizen"] for row in (*plan.stored, *plan.corrected)}
        arrived: dict[str, list[JsonValue]] = {}
        for row in plan.stored:
            arrived.setdefault(row["citizen"], []).append(row["_id"])
        again: list[tuple[Sealed, dict[str, JsonValue]]] = [
            (person.key, {"citizen": person.id, "arrived": arrived.get(person.id, [])})
            for person in reassessed
            if person.id in touched
        ]
        await tx.notify_each("reassess", again)
        refusals = tuple((made.places[place], why) for place, why in plan.refusals)
        done = Delivered(len(plan.stored), len(plan.corrected), plan.unchanged, refusals)
        chain = f"records:{fresh[0]['reporter'] or 'platform'}" if fresh else "records"
        await tx.audit(chain, "records.delivered", done.counts)
        return replace(done, unchanged=done.unchanged + made.repeated)

    @staticmethod
    async def _hold(citizens: CitizenRepository, made: Prepared, *, of_all: bool) -> list[Person]:
        """Hold the people of a batch; those to be reassessed. Raises CitizensMovedError."""
        people = list(made.people.values())
        if of_all:
            held = await citizens.hold([person.id for person in people])
            reassessed = people
        else:
            reassessed = [person for person in people if person.enrolled]
            held = await citizens.hold([person.id for person in people if not person.enrolled], enrolled=False)
            held += await citizens.hold([person.id for person in reassessed], enrolled=True) if reassessed else 0
        if held < len(people):
            raise CitizensMovedError
        return reassessed

    async def _people(self, residents: set[str]) -> dict[str, Person]:
        index = {self._citizens.id_index(r): r for r in residents}
        found = await CitizenRepository(self._store).keys_by_id_index(list(index))
        people = {
            index[bytes(row["id_index"])]: Person(row["_id"], row["key"], row["enrolment"] is not None) for row in found
        }
        missing = sorted(residents - people.keys())
        made = await asyncio.gather(*(self._citizens.make(r) for r in missing))
        return people | {r: Person(row["_id"], row["key"], False, row) for r, row in zip(missing, made, strict=True)}

    def _document(
        self, record_id: str, citizen: str, record: Record, reporter: str | None, sealed: Sealed
    ) -> RecordRow:
        return {
            "_id": record_id,
            "citizen": citizen,
            "source": record.source,
            "reporter": reporter,
            "document_index": self._vault.blind(f"document:{record.source}", record.id),
            "rule": record.rule,
            "class": record.data_class.value,
            "occurred_on": record.occurred_on.isoformat(),
            "reported_on": record.reported_on.isoformat(),
            "final": record.final,
            "cured_on": None if (cured_on := record.cured_on) is None else cured_on.isoformat(),
            "disputed": None,
            "status": ACTIVE,
            "version": 1,
            "content": self._vault.blind_text("content", _content(record)),
            "sealed": sealed,
        }

    @staticmethod
    async def _known(tx: Transaction, fresh: Sequence[RecordRow]) -> dict[bytes, RecordRow]:
        return {_key(row): row for row in await RecordRepository(tx).by_documents(_numbers(fresh))}

    @staticmethod
    async def _write(tx: Transaction, plan: _Plan) -> None:
        records = RecordRepository(tx)
        if plan.stored:
            await records.insert(plan.stored)
        if plan.superseded:
            await records.keep_versions(plan.superseded, tx.now)
        for row in plan.corrected:
            await records.correct(row)


@dataclass(slots=True)
class _Plan:
    stored: list[RecordRow]
    corrected: list[RecordRow]
    superseded: list[RecordRow]
    refusals: list[tuple[int, RecordRefusal]]
    unchanged: int = 0


_ENDED = {ANNULLED: RecordRefusal.ANNULLED, REPAIRED: RecordRefusal.REPAIRED}


def _plan(fresh: Sequence[RecordRow], known: dict[bytes, RecordRow]) -> _Plan:
    plan = _Plan([], [], [], [])
    for place, document in enumerate(fresh):
        earlier = known.get(_key(document))
        if earlier is None:
            plan.stored.append(document)
        elif not _may_change(document, earlier):
            plan.refusals.append((place, RecordRefusal.OTHER_ENTITY))
        elif earlier["citizen"] != document["citizen"]:
            plan.refusals.append((place, RecordRefusal.OTHER_PERSON))
        elif earlier["content"] == document["content"]:
            plan.unchanged += 1
        elif earlier["status"] in _ENDED:
            plan.refusals.append((place, _ENDED[earlier["status"]]))
        else:
            plan.superseded.append(earlier)
            plan.corrected.append({**document, "_id": earlier["_id"]})
    return plan


def _may_change(document: RecordRow, earlier: RecordRow) -> bool:
    """An entity changes its own records only; the platform, any."""
    return document["reporter"] in (None, owner_of(earlier))


def _content(record: Record) -> str:
    """Everything that two versions of a document may differ in."""
    all_of_it = (record.rule, record.data_class, record.occurred_on, record.reported_on, record.final, record.facts)
    printed: bytes = orjson.dumps(all_of_it, option=orjson.OPT_SORT_KEYS)
    return printed.decode()


def _numbers(fresh: Sequence[RecordRow]) -> dict[str, list[bytes]]:
    """Document numbers by source."""
    numbers: dict[str, list[bytes]] = {}
    for row in fresh:
        numbers.setdefault(row["source"], []).append(row["document_index"])
    return numbers


def _key(document: RecordRow) -> bytes:
    return document["source"].encode() + b"\0" + bytes(document["document_index"])
