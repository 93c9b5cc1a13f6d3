"""Who looked at a citizen's data, in words, and the question why: a citizen asks it once about each look of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from uuid import uuid4

import strawberry

from schema.types.connection import Connection, Page, connect
from schema.types.enrolment import AccessAction, AccessEntry
from schema.types.errors import LocalText, RefusalCode, Refused
from schema.types.look import LookedBy, LookQuestion, LookQuestionState
from schema.types.principal import Caller, Kind, Principal
from scoring.deadlines import look_explained_by
from server.citizens.service import Citizens, chain_of
from server.enrolment.looks.grouping import Group, grouped
from server.enrolment.looks.model import LookAnswerContent, LookQuestionRow
from server.enrolment.looks.naming import IN_YOUR_NAME, institution_of, purpose_of
from server.enrolment.looks.repository import LookQuestionRepository
from server.platform.core import audit
from server.platform.core.in_force import FollowsScheme, SchemeInForce
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from server.platform.crypto.vault import Vault
from server.platform.db import Document, Store
from server.platform.kit.clock import Clock
from server.sources.repository import SourceRepository

NOT_ASKABLE = (Kind.CITIZEN, Kind.CLOCK, Kind.OPERATOR)
"""One's own looks and those of the system: there is no one to ask."""
_CITIZEN = Kind.CITIZEN.value
_WHOSE: Mapping[LookedBy, Mapping[str, object] | None] = {
    LookedBy.EVERYONE: None,
    LookedBy.OTHERS: {"$or": [{"role": {"$ne": _CITIZEN}}, {"action": {"$in": list(IN_YOUR_NAME)}}]},
    LookedBy.ME: {"role": _CITIZEN, "action": {"$nin": list(IN_YOUR_NAME)}},
}
"""What was done in a citizen's name from another account may have been done by someone else: it stands with others."""
_AT_ONCE = 100
"""Links that are read at once; a line has as many at most."""


class LookService(FollowsScheme):
    """Implements the citizen's part of `schema.api.services.Looks`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: SchemeInForce,
        clock: Clock,
        unit_of_work: UnitOfWork,
        citizens: Citizens,
    ) -> None:
        self._store = store
        self._vault = vault
        self._in_force = scheme
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._citizens = citizens

    async def access_log(
        self, actor: Principal, page: Page, by: LookedBy = LookedBy.EVERYONE
    ) -> Connection[AccessEntry]:
        before = None if page.after is None else page.number()
        groups, asked, more = await self._groups(actor.id, page.first, before, by)
        entries = await self._entries(groups, asked)
        count = partial(audit.count_looks, self._store, chain_of(actor.id), _WHOSE[by])
        return connect(entries, lambda e: str(e.first), page, has_next=more, count=count)

    async def ask(self, caller: Caller, look: str) -> AccessEntry:
        last = int(look) if look.isascii() and look.isdigit() and len(look) < 16 else 0
        await self._ask(caller, last)
        groups, asked, _ = await self._groups(caller.principal.id, 1, last + 1, LookedBy.EVERYONE)
        return (await self._entries(groups, asked))[0]

    @use_case("ask_about_look", duplicate=RefusalCode.CONFLICT)
    async def _ask(self, tx: Transaction, last: int) -> None:
        citizen = await self._citizens.get(tx.actor.id, tx)
        groups, asked, _ = await self._groups(citizen["_id"], 1, last + 1, LookedBy.EVERYONE)
        if not groups or groups[0].last != last:
            raise Refused(RefusalCode.NOT_FOUND, field="id")
        if last in asked:
            return
        group = groups[0]
        look = group.look
        if look.role in NOT_ASKABLE:
            raise Refused(RefusalCode.LOOK_NOT_ASKABLE, field="id")
        row: LookQuestionRow = {
            "_id": uuid4().hex,
            "citizen": citizen["_id"],
            "first": group.first,
            "last": group.last,
            "count": len(group.links),
            "by": look.by,
            "role": look.role,
            "action": look.action,
            "why": look.why,
            "benefit": look.benefit,
            "first_at": group.links[-1]["at"],
            "looked_at": group.links[0]["at"],
            "asked_at": tx.now,
            "due_on": look_explained_by(tx.today).isoformat(),
            "sealed": None,
            "overdue_at": None,
            "answered_at": None,
            "answered_by": None,
        }
        await LookQuestionRepository(tx).insert(row)
        await tx.audit(chain_of(citizen["_id"]), "look.asked", {"look": last})

    async def _groups(
        self, citizen: str, most: int, before: int | None, by: LookedBy
    ) -> tuple[list[Group], dict[int, LookQuestionRow], bool]:
        """So many lines from a link on, the questions about them, and whether there are more."""
        links: list[Document] = []
        asked: dict[int, LookQuestionRow] = {}
        groups: list[Group] = []
        whole = False
        while not whole and len(groups) <= most:
            after = links[-1]["seq"] if links else before
            page = await audit.looks(self._store, chain_of(citizen), _AT_ONCE, after, _WHOSE[by])
            if others := [link["seq"] for link in page if link["role"] not in NOT_ASKABLE]:
                asked |= await LookQuestionRepository(self._store).about(citizen, others)
            links += page
            groups = grouped(links, asked)
            whole = len(page) < _AT_ONCE
        return groups[:most], asked, len(groups) > most

    async def _entries(self, groups: Sequence[Group], asked: Mapping[int, LookQuestionRow]) -> list[AccessEntry]:
        codes = {group.look.by for group in groups if group.look.role == Kind.SOURCE}
        entities = await entity_labels(self._store, sorted(codes))
        return [await self._entry(group, asked.get(group.last), entities) for group in groups]

    async def _entry(
        self, group: Group, question: LookQuestionRow | None, entities: Mapping[str, LocalText]
    ) -> AccessEntry:
        look = group.look
        return AccessEntry(
            key=str(group.last),
            first=group.first,
            id=strawberry.ID(str(group.last)),
            at=group.links[0]["at"],
            first_at=group.links[-1]["at"],
            count=len(group.links),
            role=Kind(look.role),
            action=AccessAction(look.action),
            institution=institution_of(self._scheme, look, entities),
            purpose=purpose_of(self._scheme, look),
            why=look.why,
            can_ask=question is None and look.role not in NOT_ASKABLE,
            question=question and await self._question(question),
        )

    async def _question(self, row: LookQuestionRow) -> LookQuestion:
        answered = row["answered_at"] is not None
        content = await opened(self._vault, row) if answered else None
        return LookQuestion(
            state=state_of(row),
            asked_at=row["asked_at"],
            due_on=date.fromisoformat(row["due_on"]),
            answer=content and content["answer"],
            answered_at=row["answered_at"],
        )


def state_of(row: LookQuestionRow) -> LookQuestionState:
    """How far a question is."""
    if row["answered_at"] is not None:
        return LookQuestionState.ANSWERED
    return LookQuestionState.OPEN if row["overdue_at"] is None else LookQuestionState.OVERDUE


async def opened(vault: Vault, row: LookQuestionRow) -> LookAnswerContent:
    """What was written to a question. Raises KeyDestroyedError."""
    if row["sealed"] is None:
        return {"statement": None, "answer": None}
    content = await vault.open(row["sealed"])
    return {"statement": content["statement"], "answer": content["answer"]}


async def entity_labels(store: Store, codes: Sequence[str]) -> dict[str, LocalText]:
    """The names of reporting bodies by their codes."""
    labels = await SourceRepository(store).labels(codes) if codes else {}
    return {code: LocalText(zh=label["zh"], en=label["en"]) for code, label in labels.items()}
