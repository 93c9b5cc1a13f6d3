"""The register of reporting entities: who may report what, under which source of the scheme, and how to reach them.

An entity reports as one of the scheme's sources: the traffic police as itself, a district's urban management office
as urban management. Its deliveries are counted, so that a steward sees whose records are often wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schema.errors import RefusalCode, Refused
from schema.principal import Kind, Principal
from scoring.records import Record, RejectedRecordError, Rejection
from scoring.scheme import Scheme
from server.clock import Clock
from server.mongo import Document, Session, Store


@dataclass(frozen=True, slots=True)
class Entity:
    """A reporting entity. `rules` are the codes it may report; `contact` is an office, never a person."""

    code: str
    source: str
    rules: frozenset[str]


class SourceRegister:
    """Reads the register and counts deliveries."""

    def __init__(self, store: Store, scheme: Scheme, clock: Clock) -> None:
        self._store = store
        self._scheme = scheme
        self._clock = clock

    async def entity(self, by: Principal) -> Entity | None:
        """Who reports; None for the operator, who may deliver for every source. Raises Refused (FORBIDDEN)."""
        if by.kind is not Kind.SOURCE:
            return None
        row = await self._store["sources"].find_one({"_id": by.id, "active": True})
        if row is None:
            raise Refused(RefusalCode.FORBIDDEN)
        return Entity(row["_id"], row["source"], frozenset(row["rules"]))

    @staticmethod
    def check(entity: Entity | None, record: Record) -> None:
        """Raise RejectedRecordError where an entity may not report a record."""
        if entity is None:
            return
        if record.source != entity.source:
            text = f"{entity.code!r} reports for {entity.source!r}, not for {record.source!r}"
            raise RejectedRecordError(Rejection.SOURCE_NOT_ALLOWED, text)
        if record.rule not in entity.rules:
            raise RejectedRecordError(Rejection.SOURCE_NOT_ALLOWED, f"{entity.code!r} may not report {record.rule!r}")

    async def count(self, code: str, counts: Mapping[str, int], session: Session | None = None) -> None:
        """Add to what an entity, or a whole source, has delivered."""
        update = {"$inc": {f"counts.{name}": n for name, n in counts.items()}, "$set": {"last_at": self._clock()}}
        await self._store["sources"].update_one({"_id": code}, update, session=session)


def register_rows(scheme: Scheme, entities: Sequence[tuple[str, str, str, str]]) -> list[Document]:
    """Rows for the register, with every rule of the source: code, source of the scheme, name in Chinese and English."""
    by_source = {s.code: sorted(r.code for r in scheme.rules if s.code in r.sources) for s in scheme.sources}
    classes = {r.code: r.data_class.value for r in scheme.rules}
    return [
        {
            "_id": code,
            "source": source,
            "label": {"zh": zh, "en": en},
            "rules": by_source[source],
            "classes": sorted({classes[rule] for rule in by_source[source]}),
            "contact": {"office": "信用工作办公室", "phone": f"0591-000{n % 10000:04d}"},
            "active": True,
            "counts": {},
        }
        for n, (code, source, zh, en) in enumerate(entities, 1)
    ]
