"""Everything that is held about a citizen, opened and readable, for that citizen.

Of those who work on a dispute it says the role and never who, as the API does; what a colleague wrote to
another is theirs, and a proposal that nobody approved is not yet a decision.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from schema.types.principal import Caller, Principal
from scoring.disputes import DisputeState
from server.citizens.citizens import Citizens, chain_of
from server.disputes.evidence import EvidenceService
from server.platform.core.admission import EXPORT_COST, Admission
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Document, Store, is_sealed
from server.platform.kit.clock import Clock
from server.scores.assessments import Assessor

_BATCH = 50
"""Rows that are read at once."""
_INTERNAL = frozenset({"_id", "key", "id_index", "document_index", "code_index", "hash", "previous", "fingerprint"})
_INTERNAL |= {"name_index", "masked_index"}
_INTERNAL |= {"content", "by", "chain", "citizen", "locked_by", "v"}
_OF_A_DISPUTE = ("number", "rule", "source", "points", "reason", "state", "filed_on", "due_on", "lapsed", "appealed")


Items = AsyncIterator[Any]


class Export:
    """All that is held about one citizen, read while it is sent: it is never in memory as a whole.

    Others have their turn after each item. `identity` is one document; every section is a list of documents.
    """

    def __init__(
        self,
        actor: Principal,
        citizen: Document,
        *,
        store: Store,
        vault: Vault,
        made_at: datetime,
        assessor: Assessor,
        evidence: EvidenceService,
    ) -> None:
        self._store = store
        self._vault = vault
        self._assessor = assessor
        self._evidence = evidence
        self._citizen = citizen
        self._mine = {"citizen": actor.id}
        self._bound = [contact["hash"] for contact in citizen.get("contacts", [])]
        self._chain = chain_of(str(actor.id))
        self.made_at = made_at.isoformat()
        self.sections: dict[str, Section] = {
            "records": Section("records", self._mine, self._plain),
            "record_versions": Section("record_versions", self._mine, self._plain),
            "passes": Section("passes", self._mine, self._plain),
            "disputes": Section("disputes", self._mine, self._dispute),
            "evidence": Section("evidence", self._mine | {"dispute": {"$ne": None}}, self._photo),
            "assessments": Section("assessments", self._mine, self._statement, (("at", -1),)),
            "log": Section("audit", {"chain": self._chain}, self._plain, (("seq", -1),)),
            "accounts": Section("contacts", {"_id": {"$in": self._bound}}, self._plain),
            "sign_ins": Section("refresh_tokens", {"contact": {"$in": self._bound}}, self._sign_in),
        }

    async def identity(self) -> Document:
        """Who the citizen is, as we have it."""
        plain: Document = await _plain(self._vault, self._citizen)
        return plain

    async def count(self, name: str) -> int:
        """How many items a section has."""
        section = self.sections[name]
        return await self._store[section.collection].count_documents(section.query)

    async def items(self, name: str, most: int | None = None) -> Items:
        """The items of a section; with `most`, so many."""
        section = self.sections[name]
        found = self._store[section.collection].find(section.query).batch_size(_BATCH)
        if section.order:
            found = found.sort(list(section.order))
        async for row in found if most is None else found.limit(most):
            yield await section.shown(row)
            await asyncio.sleep(0)

    async def json(self) -> AsyncIterator[bytes]:
        """Everything as one JSON object."""
        yield b'{\n"made_at": ' + orjson.dumps(self.made_at) + b',\n"identity": ' + _json(await self.identity())
        for name in self.sections:
            yield b",\n" + orjson.dumps(name) + b": ["
            between = b"\n"
            async for item in self.items(name):
                yield between + _json(item)
                between = b",\n"
            yield b"\n]"
        yield b"\n}\n"

    async def _plain(self, row: Document) -> Any:
        return await _plain(self._vault, row)

    async def _dispute(self, row: Document) -> Document:
        return await _dispute(self._vault, row)

    async def _photo(self, row: Document) -> Document:
        of_it = await self._store["disputes"].find_one({"_id": row["dispute"]}, {"number": 1})
        shown = self._evidence.view(row)
        return {"dispute": of_it and of_it["number"], "added_at": shown.added_at.isoformat(), "address": shown.url}

    async def _statement(self, row: Document) -> Document:
        printed: Document = (await self._assessor.printed(row))["statement"]
        return printed | {"cause": row["cause"]}

    async def _sign_in(self, row: Document) -> Any:
        named = ("channel", "renewed_at", "expires_at", "ends_at")
        return await _plain(self._vault, {name: row[name] for name in named if name in row})


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an export: which rows, how each is shown, in which order."""

    collection: str
    query: Document
    shown: Callable[[Document], Awaitable[Any]]
    order: tuple[tuple[str, int], ...] = ()


class ExportService:
    """Begins exports."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        clock: Clock,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
        admission: Admission,
        assessor: Assessor,
        evidence: EvidenceService,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._citizens = citizens
        self._admission = admission
        self._assessor = assessor
        self._evidence = evidence

    async def begin(self, actor: Principal) -> Export:
        """An export for its citizen; the log says that it was read. Raises Refused."""
        citizen = await self._citizens.get(actor.id)
        await self._admission.spend(actor, "", EXPORT_COST)
        await self._log(Caller(actor))
        return Export(
            actor,
            citizen,
            store=self._store,
            vault=self._vault,
            made_at=self._clock(),
            assessor=self._assessor,
            evidence=self._evidence,
        )

    @use_case("read_export")
    async def _log(self, tx: Transaction) -> None:
        await tx.audit(chain_of(tx.actor.id), "data.read", look=True)


def _json(item: Any) -> bytes:
    return orjson.dumps(item, option=orjson.OPT_INDENT_2)


async def _dispute(vault: Vault, row: Document) -> Document:
    """A dispute as its citizen may read it."""
    content = await vault.open(row["sealed"])
    final = row["state"] in (DisputeState.RESOLVED.value, DisputeState.REJECTED.value)
    shown = {str(row["explained_at"])} if final else set()
    shown |= {str(n) for n, e in enumerate(row["events"]) if e["by"] == "citizen" or e["action"] == "ask"}
    events = [
        {"at": e["at"].isoformat(), "action": e["action"], "by": e["by"]}
        | ({"text": content["texts"][str(n)]} if str(n) in shown and str(n) in content["texts"] else {})
        for n, e in enumerate(row["events"])
    ]
    plain = {name: row.get(name) for name in _OF_A_DISPUTE}
    return plain | {
        "words": content["words"],
        "determination": row["determination"] if final else None,
        "events": events,
    }


async def _plain(vault: Vault, value: Any) -> Any:
    """A document as JSON: what is sealed opened, keys and digests left out."""
    if is_sealed(value):
        return await _plain(vault, await vault.open(value))
    if isinstance(value, dict):
        opened: Document = {}
        for name, part in value.items():
            if name == "sealed":
                opened |= await _plain(vault, part)
            elif name not in _INTERNAL and (is_sealed(part) or not isinstance(part, bytes)):
                opened[name] = await _plain(vault, part)
        return opened
    if isinstance(value, list):
        return [await _plain(vault, part) for part in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
