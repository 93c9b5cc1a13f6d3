"""Everything that is held about a citizen, opened and readable, for that citizen.

Of those who work on a dispute it says the role and never who, as the API does; what a colleague wrote to
another is theirs, and a proposal that is not approved is not yet a decision.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import orjson

from schema.types.enrolment import AccessAction
from schema.types.principal import Caller, Principal
from scoring.disputes import DisputeState
from scoring.records import Bar
from server.auth.model import RefreshRow
from server.auth.repository import FAMILIES
from server.citizens.model import CitizenRow
from server.citizens.service import Citizens, chain_of
from server.disputes.collections import DISPUTES, EVIDENCE
from server.disputes.evidence import EvidenceService
from server.disputes.model import DisputeContent, DisputeRow, EvidenceRow
from server.disputes.repository import DisputeRepository
from server.enrolment.looks.model import LookQuestionRow
from server.enrolment.looks.repository import LOOK_QUESTIONS
from server.enrolment.looks.service import opened
from server.enrolment.model import CheckRow, MoveRow
from server.enrolment.repository import CHECKS, MOVES
from server.platform.core.admission import EXPORT_COST, Admission
from server.platform.core.layout import AUDIT
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Document, Owned, Owner, Query, Sort, Store, is_sealed
from server.platform.kit.clock import Clock
from server.records.model import RecordRow
from server.records.repository import RECORDS
from server.scores.assessor import Assessor
from server.scores.model import AssessmentRow
from server.scores.repository import ASSESSMENTS
from server.sources.repairs.model import RepairRow
from server.sources.repairs.repository import REPAIRS, RepairRepository

_BATCH = 50
"""Rows that are read at once."""
_INTERNAL = frozenset({"_id", "key", "id_index", "document_index", "code_index", "hash", "previous", "fingerprint"})
_INTERNAL |= {"name_index", "masked_index"}
_INTERNAL |= {"content", "by", "chain", "citizen", "locked_by", "v", "union"}
_OF_A_DISPUTE = (
    "number",
    "subject",
    "rule",
    "source",
    "points",
    "reason",
    "state",
    "filed_on",
    "due_on",
    "lapsed",
    "escalated",
    "appealed",
)
_OF_A_REPAIR = ("number", "rule", "source", "done_on", "applied_on", "due_on", "lapsed", "ended_on")


_ONLY: dict[str, Query] = {EVIDENCE: {"dispute": {"$ne": None}}}
_ORDER: dict[str, Sort] = {ASSESSMENTS: [("at", -1)], AUDIT: [("seq", -1)]}
Items = AsyncIterator[object]


class Export:
    """All that is held about one citizen, read while it is sent: it is never in memory as a whole.

    Others have their turn after each item. `identity` is one document; every section is a list of documents.
    """

    def __init__(
        self,
        citizen: CitizenRow,
        owned: Sequence[Owned],
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
        self._disputes = DisputeRepository(store)
        self._repairs = RepairRepository(store)
        self._citizen = citizen
        self.made_at = made_at.isoformat()
        self.sections = {one.export: self._section(one) for one in owned if one.export not in (None, "identity")}

    def _section(self, owned: Owned) -> Section:
        if owned.owner is Owner.CITIZEN:
            whose: object = owned.prefix + self._citizen["_id"]
        else:
            whose = {"$in": [contact["hash"] for contact in self._citizen.get("contacts", [])]}
        query = {owned.by: whose, **_ONLY.get(owned.collection, {})}
        shown: dict[str, Callable[[Any], Awaitable[object]]] = {
            DISPUTES: self._dispute,
            REPAIRS: self._repair,
            EVIDENCE: self._photo,
            ASSESSMENTS: self._statement,
            FAMILIES: self._sign_in,
            MOVES: self._move,
            CHECKS: self._check,
            RECORDS: self._record,
            LOOK_QUESTIONS: self._look_question,
        }
        return Section(
            owned.collection, query, shown.get(owned.collection, self._plain), _ORDER.get(owned.collection, ())
        )

    async def identity(self) -> Document:
        """Who the citizen is, as we have it."""
        return await _opened(self._vault, self._citizen)

    async def count(self, name: str) -> int:
        """How many items a section has."""
        section = self.sections[name]
        return await self._store[section.collection].count_documents(section.query)

    async def items(self, name: str, most: int | None = None) -> Items:
        """The items of a section; with `most`, so many."""
        section = self.sections[name]
        found = self._store[section.collection].find(section.query).batch_size(_BATCH)
        if section.order:
            found = found.sort(section.order)
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

    async def _plain(self, row: Document) -> object:
        return await _plain(self._vault, row)

    async def _dispute(self, row: DisputeRow) -> Document:
        return await _dispute(self._vault, row)

    async def _repair(self, row: RepairRow) -> Document:
        """An application as its citizen may read it: what the desk wrote down is no answer before it is approved."""
        content = await self._vault.open(row["sealed"])
        written = ("words",) if row["open"] else ("words", "answer", "value", "points")
        events = [{"at": e["at"].isoformat(), "action": e["action"], "by": e["by"]} for e in row["events"]]
        plain = {name: row.get(name) for name in _OF_A_REPAIR}
        return plain | {name: content.get(name) for name in written} | {"events": events}

    async def _photo(self, row: EvidenceRow) -> Document:
        belongs = str(row["dispute"])
        number = await self._disputes.number_of(belongs) or await self._repairs.number_of(belongs)
        shown = self._evidence.view(row)
        return {"dispute": number, "added_at": shown.added_at.isoformat(), "address": shown.url}

    async def _statement(self, row: AssessmentRow) -> Document:
        return (await self._assessor.stored(row)).content["statement"] | {"cause": row["cause"]}

    async def _record(self, row: RecordRow) -> object:
        """A sealed one is shown as sealed, without what it is."""
        if row["barred"] != Bar.SEALED.value:
            return await _plain(self._vault, row)
        named = ("source", "occurred_on", "reported_on", "barred", "status")
        return {name: value for name, value in row.items() if name in named}

    async def _move(self, row: MoveRow) -> object:
        named = ("channel", "moved_at", "undone_at", "expires_at")
        return await _plain(self._vault, {name: value for name, value in row.items() if name in named})

    async def _check(self, row: CheckRow) -> object:
        """Without who asked, and who closed it: that may be someone else."""
        named = ("kind", "asked_at", "outcome", "closed_at")
        return await _plain(self._vault, {name: value for name, value in row.items() if name in named})

    async def _look_question(self, row: LookQuestionRow) -> object:
        """With the answer; without who looked and answered, and what they wrote to each other."""
        named = ("action", "looked_at", "asked_at", "due_on", "overdue_at", "answered_at")
        shown = {name: value for name, value in row.items() if name in named}
        return await _plain(self._vault, {**shown, "answer": (await opened(self._vault, row))["answer"]})

    async def _sign_in(self, row: RefreshRow) -> object:
        named = ("channel", "renewed_at", "expires_at", "ends_at")
        return await _plain(self._vault, {name: value for name, value in row.items() if name in named})


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an export: which rows, how each is shown, in which order."""

    collection: str
    query: Query
    shown: Callable[[Any], Awaitable[object]]
    order: Sort = ()


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
        owned: Sequence[Owned],
    ) -> None:
        self._store = store
        self._owned = owned
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
            citizen,
            self._owned,
            store=self._store,
            vault=self._vault,
            made_at=self._clock(),
            assessor=self._assessor,
            evidence=self._evidence,
        )

    @use_case("read_export")
    async def _log(self, tx: Transaction) -> None:
        await tx.audit(chain_of(tx.actor.id), AccessAction.DATA_READ.value, look=True)


def _json(item: object) -> bytes:
    return orjson.dumps(item, option=orjson.OPT_INDENT_2)


async def _dispute(vault: Vault, row: DisputeRow) -> Document:
    """A dispute as its citizen may read it."""
    content = cast(DisputeContent, await vault.open(row["sealed"]))
    final = row["state"] in (DisputeState.RESOLVED.value, DisputeState.REJECTED.value)
    shown = {str(row["explanation_event"])} if final else set()
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


async def _plain(vault: Vault, value: object) -> object:
    """A value as JSON: what is sealed opened, keys and digests left out."""
    if is_sealed(value):
        return await _plain(vault, await vault.open(value))
    if isinstance(value, dict):
        return await _opened(vault, value)
    if isinstance(value, list):
        return [await _plain(vault, part) for part in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


async def _opened(vault: Vault, row: Mapping[str, object]) -> Document:
    """As `_plain`, a document; what is sealed of it as a whole stands next to the rest."""
    opened: Document = {}
    for name, part in row.items():
        if name == "sealed" and is_sealed(part):
            opened |= await _opened(vault, await vault.open(part))
        elif name not in _INTERNAL and (is_sealed(part) or not isinstance(part, bytes)):
            opened[name] = await _plain(vault, part)
    return opened
