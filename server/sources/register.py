"""The register of reporting entities: who may report what, under which source of the scheme, and how to reach them.

An entity reports as one of the scheme's sources: the traffic police as itself, a district's urban management office
as urban management. Its deliveries are counted, so that a steward sees whose records are often wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Kind, Principal, Scope
from scoring.records import Record
from scoring.rejections import RejectedRecordError, Rejection
from scoring.scheme import Scheme
from server.auth.api_keys import ApiKeys
from server.disputes.complaints import Reporter
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.db import DuplicatesError, Store
from server.platform.kit.clock import Clock
from server.sources.model import SourceRow
from server.sources.repository import SourceRepository


@dataclass(frozen=True, slots=True)
class Entity:
    """A reporting entity. `rules` are the codes it may report; `contact` is an office, never a person."""

    code: str
    source: str
    rules: frozenset[str]


class SourceRegister(FollowsScheme):
    """Reads the register and counts deliveries."""

    def __init__(self, store: Store, scheme: SchemeInForce, clock: Clock) -> None:
        self._rows = SourceRepository(store)
        self._keys = ApiKeys(store, clock)
        self._in_force = scheme
        self._clock = clock

    async def entity(self, actor: Principal) -> Entity | None:
        """Who reports; None for the operator, who may deliver for every source. Raises Refused (FORBIDDEN)."""
        if actor.kind is not Kind.SOURCE:
            return None
        row = await self._rows.active(actor.id)
        if row is None:
            raise Refused(RefusalCode.FORBIDDEN)
        return Entity(row["_id"], row["source"], frozenset(row["rules"]))

    async def reporter(self, code: str, rule: str | None) -> Reporter | None:
        """Who reports under a code, of an entity or of a source of the scheme; None where nobody reports such records.

        Of the entities of a source, the one that is named like it is asked, or the only one.
        """
        row = await self._rows.active(code)
        if row is not None and code not in self._scheme.sources_by_code:
            return None if rule is not None and rule not in row["rules"] else Reporter(row["source"], code)
        known = self._scheme.rules_by_code.get(rule or "")
        if code not in self._scheme.sources_by_code or (known is not None and code not in known.sources):
            return None
        rows = [row for row in await self._rows.every() if row["active"] and row["source"] == code]
        able = [row["_id"] for row in rows if rule is None or rule in row["rules"]]
        return Reporter(code, code if code in able else able[0] if len(able) == 1 else None)

    @staticmethod
    def check(entity: Entity | None, record: Record) -> None:
        """Raise RejectedRecordError where an entity may not report a record."""
        if entity is None:
            return
        if record.source != entity.source:
            raise RejectedRecordError(
                Rejection.SOURCE_NOT_ALLOWED,
                "source_of_another",
                entity=entity.code,
                own=entity.source,
                source=record.source,
            )
        if record.rule not in entity.rules:
            raise RejectedRecordError(Rejection.SOURCE_NOT_ALLOWED, source=entity.code, rule=record.rule)

    async def add(self, row: SourceRow) -> str:
        """Enter an entity; its API key, told only this once. Raises ValueError where it is on the register already."""
        try:
            await self._rows.insert([row])
        except DuplicatesError:
            raise ValueError(
                f"{row['_id']} is on the register already; `egret source key` gives it a new key"
            ) from None
        return await self.new_key(row["_id"])

    async def new_key(self, code: str, scopes: Sequence[Scope] = (), **spans: timedelta) -> str:
        """A new API key; `spans` as for `ApiKeys.give`.

        Raises:
            ValueError: an entity that is not there, or a scope that it cannot have.
        """
        if await self._rows.active(code) is None:
            raise ValueError(f"{code} is not an active entity of the register")
        return await self._keys.give(Kind.SOURCE, code, scopes, **spans)

    async def close(self, code: str) -> None:
        """Nothing more is taken from an entity; what it delivered stays. Raises ValueError where it is not there."""
        if not await self._rows.close(code):
            raise ValueError(f"{code} is not an active entity of the register")
        await self._keys.end(Kind.SOURCE, code)

    async def count(self, code: str, counts: Mapping[str, int]) -> None:
        """Add to what an entity, or a whole source, has delivered."""
        await self._rows.count(code, counts, self._clock())


def register_row(scheme: Scheme, code: str, source: str, label: tuple[str, str], phone: str) -> SourceRow:
    """A row for one entity with every rule of its source. Raises ValueError for a source the scheme does not know."""
    if source not in scheme.sources_by_code:
        raise ValueError(f"{source} is no source of {scheme.id}; it has {', '.join(sorted(scheme.sources_by_code))}")
    rules = [r for r in scheme.rules if source in r.sources]
    return {
        "_id": code,
        "source": source,
        "label": {"zh": label[0], "en": label[1]},
        "rules": sorted(r.code for r in rules),
        "classes": sorted({r.data_class.value for r in rules}),
        "contact": {"office": scheme.city.office.name.zh, "phone": phone},
        "active": True,
        "counts": {},
    }


def register_rows(scheme: Scheme, entities: Sequence[tuple[str, str, str, str]]) -> list[SourceRow]:
    """Rows for many: code, source of the scheme, name in Chinese and in English; made-up telephones."""
    return [
        register_row(scheme, code, source, (zh, en), f"{scheme.city.demo.area_code}-000{n % 10000:04d}")
        for n, (code, source, zh, en) in enumerate(entities, 1)
    ]
