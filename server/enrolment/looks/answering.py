"""Why somebody looked, said at the desk: the one who looked writes it down, and another person answers.

What is not answered in time goes to the auditor, and the citizen is told that it did.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

import strawberry

from schema.types.connection import Connection, Page, connect
from schema.types.errors import LocalText, RefusalCode, Refused
from schema.types.look import LookInquiry, LookQuestionState
from schema.types.principal import CLOCK, Caller, Kind
from scoring.dated import Text
from server.auth.staff.repository import StaffRepository
from server.citizens.repository import CitizenRepository
from server.citizens.service import chain_of
from server.disputes.documents import staff_words
from server.disputes.eyes import ABOUT_YOU, known_person
from server.enrolment.looks.model import LookQuestionRow
from server.enrolment.looks.naming import Look, institution_of, purpose_of
from server.enrolment.looks.repository import ANSWERED, OPEN, OVERDUE, LookQuestionRepository
from server.enrolment.looks.service import LookService, entity_labels, opened, state_of
from server.platform.core.unit_of_work import Transaction, use_case
from server.platform.db import Query
from server.platform.kit.clock import day_of

log = logging.getLogger("egret.looks")
KEPT = timedelta(days=730)
"""Of an answer, since it was given."""
_PARTS: dict[LookQuestionState, Query] = {
    LookQuestionState.OPEN: OPEN,
    LookQuestionState.OVERDUE: OVERDUE,
    LookQuestionState.ANSWERED: ANSWERED,
}
_STAFF = (Kind.AGENT, Kind.APPROVER, Kind.STEWARD, Kind.AUDITOR)
_APPROVER_ANSWERS = Text(
    zh="回答由复核员给出，不能由查看的人自己给出；查看的人可以先写明原因。",
    en="an approver answers who is not the one who looked; the one who looked can write down why.",
)


class LookAnswers(LookService):
    """Implements `schema.api.services.Looks`."""

    async def inquiries(self, part: LookQuestionState, page: Page) -> Connection[LookInquiry]:
        after = None
        if page.after is not None:
            due, _, last = page.after.partition("|")
            after = due, last
        questions = LookQuestionRepository(self._store)
        rows = await questions.page(_PARTS[part], page.first + 1, after)
        shown = rows[: page.first]
        count = partial(questions.count, _PARTS[part])
        views = await self._views(shown)
        return connect(views, lambda i: f"{i.due_on}|{i.key}", page, has_next=len(rows) > len(shown), count=count)

    async def answer(self, caller: Caller, question: str, words: str) -> LookInquiry:
        await self._answer(caller, question, staff_words(words))
        row = await LookQuestionRepository(self._store).get(question)
        if row is None:
            raise Refused(RefusalCode.NOT_FOUND, field="id")
        return (await self._views([row]))[0]

    @use_case("answer_look_question")
    async def _answer(self, tx: Transaction, question: str, words: str) -> None:
        person = await known_person(tx)
        row = await LookQuestionRepository(tx).get(question)
        citizen = None if row is None else await CitizenRepository(tx).get(row["citizen"])
        if row is None or citizen is None:
            raise Refused(RefusalCode.NOT_FOUND, field="id")
        if bytes(citizen["id_index"]) == bytes(person):
            raise Refused(RefusalCode.FOUR_EYES, why=ABOUT_YOU)
        looked = await self._is_theirs(tx, row, person)
        if not looked and tx.actor.kind is not Kind.APPROVER:
            raise Refused(RefusalCode.FOUR_EYES, why=_APPROVER_ANSWERS)
        content = await opened(self._vault, row)
        content["statement" if looked else "answer"] = words
        values: dict[str, object] = {"sealed": await self._vault.seal(citizen["key"], content)}
        if not looked:
            values |= {"answered_at": tx.now, "answered_by": tx.actor.id, "expires_at": tx.now + KEPT}
        if not await LookQuestionRepository(tx).update(question, values):
            raise Refused(RefusalCode.CONFLICT)
        action = "look.stated" if looked else "look.explained"
        await tx.audit(chain_of(citizen["_id"]), action, {"look": row["last"]})
        if not looked:
            data = {**(await self._told(row)), "answer": words}
            await self._citizens.notify(tx, citizen, "look_explained", data, about=question)

    @staticmethod
    async def _is_theirs(tx: Transaction, row: LookQuestionRow, person: bytes) -> bool:
        """Whether the person who acts is the one who looked, with whatever account."""
        if row["by"] == tx.actor.id:
            return True
        account = await StaffRepository(tx).get(row["by"]) if row["role"] in _STAFF else None
        looked = None if account is None else account["id_index"]
        return looked is not None and bytes(looked) == bytes(person)

    async def escalate(self) -> int:
        """Hand what was not answered in time to the auditor; how many."""
        today = day_of(self._clock()).isoformat()
        count = 0
        for question in await LookQuestionRepository(self._store).past_due(today):
            try:
                count += await self._escalate(Caller(CLOCK), question)
            except Exception as error:
                log.error("a question about a look was not handed on: %s", type(error).__name__)
        return count

    @use_case("escalate_look_question")
    async def _escalate(self, tx: Transaction, question: str) -> bool:
        row = await LookQuestionRepository(tx).get(question)
        citizen = None if row is None else await CitizenRepository(tx).get(row["citizen"])
        if row is None or citizen is None or row["overdue_at"] is not None:
            return False
        if not await LookQuestionRepository(tx).update(question, {"overdue_at": tx.now}):
            return False
        await tx.audit(chain_of(citizen["_id"]), "look.unanswered", {"look": row["last"]})
        await self._citizens.notify(tx, citizen, "look_unanswered", await self._told(row), about=question)
        return True

    async def _told(self, row: LookQuestionRow) -> dict[str, str]:
        """The look in words, for a notice."""
        institution, purpose = await self._words(row)
        return {
            "day": day_of(row["looked_at"]).isoformat(),
            "institution_zh": institution.zh,
            "institution_en": institution.en,
            "purpose_zh": purpose.zh,
            "purpose_en": purpose.en,
        }

    async def _words(self, row: LookQuestionRow) -> tuple[LocalText, LocalText]:
        look = _look(row)
        entities = await entity_labels(self._store, [look.by] if look.role == Kind.SOURCE else [])
        return institution_of(self._scheme, look, entities), purpose_of(self._scheme, look)

    async def _views(self, rows: Sequence[LookQuestionRow]) -> list[LookInquiry]:
        codes = sorted({row["by"] for row in rows if row["role"] == Kind.SOURCE})
        entities = await entity_labels(self._store, codes)
        views = []
        for row in rows:
            content, look = await opened(self._vault, row), _look(row)
            views.append(
                LookInquiry(
                    key=row["_id"],
                    id=strawberry.ID(row["_id"]),
                    state=state_of(row),
                    at=row["looked_at"],
                    first_at=row["first_at"],
                    count=row["count"],
                    role=Kind(look.role),
                    account=look.by,
                    institution=institution_of(self._scheme, look, entities),
                    purpose=purpose_of(self._scheme, look),
                    asked_at=row["asked_at"],
                    due_on=date.fromisoformat(row["due_on"]),
                    statement=content["statement"],
                    answer=content["answer"],
                    answered_by=row["answered_by"],
                )
            )
        return views


def _look(row: LookQuestionRow) -> Look:
    return Look(row["role"], row["by"], row["action"], row["why"], row["benefit"])
