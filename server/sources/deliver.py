"""Storing deliveries: idempotent on (source, document number), sealed per person, earlier versions kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from schema.types.delivery import RecordRefusal
from schema.types.principal import Caller, Principal
from scoring.records import Delivery
from server.citizens.model import CitizenRow
from server.citizens.repository import CitizenRepository
from server.citizens.service import Citizens
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import DuplicatesError, Sealed, Store
from server.platform.db.store import ORPHAN_SECONDS
from server.platform.kit.errors import GoneError
from server.records.gone import gone_digest
from server.records.model import RecordRow
from server.records.repository import GoneRepository, RecordRepository, RecordRows
from server.sources.holding import Holding
from server.sources.papers import Owner, Paper, papers_of, person_document, rows_of, without_unchanged
from server.sources.planning import Plan, plan

_MOST_TRIES = 6
_A_FEW = 50
"""Records whose digests and seals take a few milliseconds: more are worked on in a thread."""
_KEYS_AT_ONCE = 50
Writing = Callable[[], None]


def _not_told() -> None:
    """For those who do nothing meanwhile."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a batch; counts of records.

    `refusals` has the place in the batch of each that was refused or is held for a person to decide.
    """

    stored: int
    corrected: int
    unchanged: int
    refusals: tuple[tuple[int, RecordRefusal], ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {
            "stored": self.stored,
            "corrected": self.corrected,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "held": self.held,
        }

    @property
    def held(self) -> int:
        """How many wait for a person to decide."""
        return sum(why is RecordRefusal.HELD for _, why in self.refusals)

    @property
    def refused(self) -> int:
        """How many were refused."""
        return len(self.refusals) - self.held


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch ready to be stored: the people it is about, each record sealed and its place in the batch.

    What changes nothing is only counted (`unchanged`): it is not sealed, and without any other record no transaction
    is needed. `has_known` says that some of the documents are stored. A batch without any need not look for them in
    its transaction: one that was stored meanwhile is a duplicate there, and the batch is prepared again, to be looked
    for by each number as it was written as well (`thorough`). `gone` are those that had ended when their citizen left.
    """

    people: dict[str, Person]
    fresh: list[RecordRow]
    places: list[int]
    unchanged: int
    has_known: bool
    gone: frozenset[bytes]
    thorough: bool = False


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
        holding: Holding,
    ) -> None:
        self._store = store
        self._rows = RecordRows(store)
        self._vault = vault
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._holding = holding

    async def deliver(
        self,
        actor: Principal,
        batch: Sequence[Delivery],
        prepared: Prepared | None = None,
        *,
        reporter: str | None = None,
        writing: Writing = _not_told,
    ) -> Delivered:
        """Store a batch; of two versions of a document the later one counts.

        The outbox reassesses the enrolled and tells them. An entity must not learn who takes part from how long that
        takes: what it delivers leaves the same work behind for everybody. `reporter` is the entity that delivers,
        `prepared` what `prepare` made of the same batch, `writing` is told when the long wait for the database begins.
        """
        thorough = False
        for tries_left in reversed(range(_MOST_TRIES)):
            made = prepared or await self.prepare(batch, reporter=reporter, thorough=thorough)
            prepared = None
            if not made.fresh:
                return await self.note_unchanged(actor, made.unchanged, reporter=reporter)
            try:
                return await self._attempt(actor, made, reporter, writing)
            except (DuplicatesError, CitizensMovedError):
                if not tries_left:
                    raise
                thorough = True
                await asyncio.sleep(0.05)  # another delivery, a binding or a leaving was faster
        raise CitizensMovedError

    async def note_unchanged(self, actor: Principal, unchanged: int, *, reporter: str | None = None) -> Delivered:
        """Let the audit chain say that so many records were delivered and none of them was new."""
        return await self._note_unchanged(Caller(actor), done=Delivered(0, 0, unchanged), chain=_chain(reporter))

    @use_case("deliver")
    async def _note_unchanged(self, tx: Transaction, *, done: Delivered, chain: str) -> Delivered:
        await tx.audit(chain, "records.delivered", done.counts)
        return done

    async def prepare(
        self,
        batch: Sequence[Delivery],
        *,
        reporter: str | None = None,
        known: Mapping[str, Person] | None = None,
        thorough: bool = False,
    ) -> Prepared:
        """Find or make the people of a batch and seal its records; nothing of it is stored but keys.

        `known` are people by ID number whom another batch is storing at this moment.
        """
        make = partial(papers_of, self._vault, batch)
        papers = make() if len(batch) <= _A_FEW else await asyncio.to_thread(make)
        stored = await self._rows.stored([paper.number_index for paper in papers])
        changed = without_unchanged(papers, stored, reporter)
        unchanged = len(batch) - len(changed)
        if not changed:
            return Prepared({}, [], [], unchanged, has_known=False, gone=frozenset())
        residents = {paper.resident for paper in changed}
        people = {r: known[r] for r in residents if r in known} if known else {}
        people |= await self._people(residents - people.keys())
        documents = [person_document(self._vault, paper) for paper in changed]
        # what is gone is read after the people: of those who leave from now on, none can be held in the transaction
        gone, fresh = await asyncio.gather(self._gone(documents), self._sealed(changed, documents, people, reporter))
        has_known = bool(stored) or thorough
        return Prepared(people, fresh, [p.place for p in changed], unchanged, has_known, gone, thorough)

    async def _sealed(
        self,
        papers: Sequence[Paper],
        documents: Sequence[bytes],
        people: Mapping[str, Person],
        reporter: str | None,
    ) -> list[RecordRow]:
        """The rows of a batch; those of a large one are made in a thread, while another batch is stored."""
        sealers = await self._vault.sealers([person.key for person in people.values()])
        found = zip(people.items(), sealers, strict=True)
        owners = {resident: Owner(person.id, sealer) for (resident, person), sealer in found}
        make = partial(rows_of, self._vault, papers, documents, owners, reporter)
        return make() if len(papers) <= _A_FEW else await asyncio.to_thread(make)

    async def _gone(self, documents: Sequence[bytes]) -> frozenset[bytes]:
        """Those that had ended when their citizen left."""
        gone = GoneRepository(self._store)
        if not await gone.has_any():
            return frozenset()
        digests = {gone_digest(self._vault, document): document for document in documents}
        return frozenset(digests[digest] for digest in await gone.among(list(digests)))

    async def _attempt(self, actor: Principal, made: Prepared, reporter: str | None, writing: Writing) -> Delivered:
        try:
            return await self._store_batch(Caller(actor), made=made, reporter=reporter, writing=writing)
        except (DuplicatesError, CitizensMovedError):  # surely not stored; after any other fault it may be
            for person in made.people.values():
                if person.new is not None:
                    await self._vault.destroy_key(person.key)
            raise

    @use_case("deliver", patience=ORPHAN_SECONDS)
    async def _store_batch(
        self, tx: Transaction, *, made: Prepared, reporter: str | None, writing: Writing
    ) -> Delivered:
        citizens = CitizenRepository(tx)
        if new := [person.new for person in made.people.values() if person.new is not None]:
            await citizens.insert_many(new)
        reassessed = await self._hold(citizens, made, of_all=reporter is not None)
        decided = await self._holding.of_decided_events(tx, made.fresh)
        planned = plan(made.fresh, await self._known(tx, made), made.gone, decided)
        writing()
        await self._write(tx, planned)
        await self._holding.hold(tx, planned.held, {person.id: r for r, person in made.people.items()}, decided)
        moved = planned.reassessments({person.id for person in reassessed})
        again = [(person.key, moved[person.id]) for person in reassessed if person.id in moved]
        await tx.notify_each("reassess", again, urgent=False)
        refusals = tuple((made.places[place], why) for place, why in planned.refusals)
        unchanged = planned.unchanged + made.unchanged
        done = Delivered(len(planned.stored), len(planned.corrected), unchanged, refusals)
        await tx.audit(_chain(reporter), "records.delivered", done.counts)
        return done

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
        made: list[CitizenRow] = []
        for start in range(0, len(missing), _KEYS_AT_ONCE):  # each waits for a connection, and not for long
            some = missing[start : start + _KEYS_AT_ONCE]
            made += await asyncio.gather(*(self._citizens.make(resident) for resident in some))
        return people | {r: Person(row["_id"], row["key"], False, row) for r, row in zip(missing, made, strict=True)}

    @staticmethod
    async def _known(tx: Transaction, made: Prepared) -> list[RecordRow]:
        """What is stored under the numbers of a batch."""
        if not made.has_known:
            return []
        records = RecordRepository(tx)
        found = await records.by_numbers([row["number_index"] for row in made.fresh])
        if made.thorough:
            found += await records.by_documents(_numbers(made.fresh))
        return found

    @staticmethod
    async def _write(tx: Transaction, planned: Plan) -> None:
        records = RecordRepository(tx)
        for row in planned.released:
            await records.release_number(row)
        if planned.stored:
            await records.insert(planned.stored)
        if planned.superseded:
            await records.keep_versions(planned.superseded, tx.now)
        for row in planned.corrected:
            await records.correct(row)
        if sealed := planned.sealed:
            await records.forget_versions([row["_id"] for row in sealed])


def _numbers(fresh: Sequence[RecordRow]) -> dict[str, list[bytes]]:
    """Document numbers by source."""
    numbers: dict[str, list[bytes]] = {}
    for row in fresh:
        numbers.setdefault(row["source"], []).append(row["document_index"])
    return numbers


def _chain(reporter: str | None) -> str:
    return f"records:{reporter or 'platform'}"
