"""Disputes for the citizen and for the desk."""

from __future__ import annotations

import logging
from datetime import date
from uuid import uuid4

from schema.connection import Connection, Page, connect, global_id
from schema.dispute import Case, Dispute, QueueFilter
from schema.errors import RefusalCode, Refused
from schema.principal import CLOCK, Kind, Principal
from scoring import identity
from scoring.disputes import (
    WORDS_MAX,
    Determination,
    DisputeAction,
    DisputeReason,
    DisputeRole,
    DisputeState,
    due_on,
    lapsed,
)
from scoring.engine import assess
from scoring.records import Record
from scoring.scheme import Scheme
from scoring.statement import Statement, WithheldReason
from server import views
from server.assessments import Assessor
from server.changes import Change, Changes, Outcome
from server.citizens import Citizens, chain_of
from server.clock import Clock, day_of
from server.disputes.steps import Steps, case_chain, holder_role
from server.disputes.views import dispute_view, with_texts
from server.keys import KeyDestroyedError, Vault
from server.mongo import Document, DuplicateError, Store

log = logging.getLogger("egret.disputes")


class DisputeService:
    """Implements `schema.services.Disputes`."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        scheme: Scheme,
        citizens: Citizens,
        assessor: Assessor,
        changes: Changes,
        clock: Clock,
    ) -> None:
        self._store = store
        self._vault = vault
        self._scheme = scheme
        self._citizens = citizens
        self._assessor = assessor
        self._changes = changes
        self._clock = clock
        self._steps = Steps(vault, citizens, assessor)

    # The citizen

    async def open(self, by: Principal, record: str, reason: DisputeReason, words: str, key: str | None) -> Dispute:
        words = _checked_words(words)

        async def body(change: Change) -> Outcome:
            citizen = await self._citizens.get(by.id, change.session)
            before = await self._assessor.compute(citizen, change.today, change.session)
            held = next((h for h in before.held if h.key == record), None)
            if held is None:
                raise Refused(RefusalCode.NOT_FOUND, field="recordId")
            await self._refuse_second(change, record)
            points = self._points_at_stake(before.statement, held.record)
            if not points:
                raise Refused(RefusalCode.RECORD_NOT_DISPUTABLE, field="recordId")
            content = {"words": words, "texts": {}}
            document = {
                "_id": uuid4().hex,
                "number": await _next_number(change),
                "citizen": by.id,
                "record": record,
                "source": held.record.source,
                "rule": held.record.rule,
                "points": points,
                "reason": reason.value,
                "sealed": await self._vault.seal(citizen["key"], content),
                "state": DisputeState.SUBMITTED.value,
                "open": True,
                "holder": None,
                "filed_at": change.now,
                "filed_on": change.today.isoformat(),
                "due_on": due_on(change.today).isoformat(),
                "determination": None,
                "explained_at": None,
                "proposer": None,
                "lapsed": False,
                "version": 1,
                "events": [{"at": change.now, "action": "file", "by": "citizen", "actor": by.id}],
            }
            await change["disputes"].insert_one(document, session=change.session)
            await change["records"].update_one(
                {"_id": record}, {"$set": {"disputed": document["_id"]}}, session=change.session
            )
            await self._assessor.reassess(change, citizen, "dispute")
            await change.audit(chain_of(by.id), "dispute.filed", {"number": document["number"]})
            return {"dispute": document["_id"]}

        request = [record, reason.value, words]
        try:
            outcome = await self._changes.run(by, "open_dispute", body, key=key, request=request)
        except DuplicateError:
            raise Refused(RefusalCode.CONFLICT) from None
        return await self.one(by, outcome["dispute"])

    async def withdraw(self, by: Principal, dispute: str, key: str | None) -> Dispute:
        async def body(change: Change) -> Outcome:
            document = await self._own(by, dispute, change)
            await self._steps.take(change, document, DisputeAction.WITHDRAW, DisputeRole.CITIZEN)
            await self._steps.unmark(change, document)
            return {}

        await self._changes.run(by, "withdraw_dispute", body, key=key, request=dispute)
        return await self.one(by, dispute)

    async def mine(self, by: Principal, page: Page) -> Connection[Dispute]:
        query: Document = {"citizen": by.id}
        if page.after is not None:
            query["filed_at"] = {"$lt": page.moment()}
        found = self._store["disputes"].find(query).sort([("filed_at", -1)]).limit(page.first + 1)
        rows = await found.to_list(None)
        filed = {row["_id"]: row["filed_at"].isoformat() for row in rows}
        items = [await self._view(row) for row in rows[: page.first]]
        return connect(items, lambda d: filed[d.key], page, has_next=len(rows) > page.first)

    async def one(self, by: Principal, key: str) -> Dispute:
        return await self._view(await self._own(by, key))

    # The desk

    async def queue(self, by: Principal, part: QueueFilter, page: Page) -> Connection[Case]:
        query = self._queue_query(by, part)
        if page.after is not None:
            due, _, last = page.after.partition("|")
            query["$or"] = [{"due_on": {"$gt": due}}, {"due_on": due, "_id": {"$gt": last}}]
        found = self._store["disputes"].find(query).sort([("due_on", 1), ("_id", 1)])
        rows = await found.limit(page.first + 1).to_list(None)
        cases = [self._case(by, row, None) for row in rows[: page.first]]
        return connect(cases, lambda c: f"{c.dispute.due_on}|{c.key}", page, has_next=len(rows) > page.first)

    async def case(self, by: Principal, key: str) -> Case:
        document = await self._get(key)
        await self._log_look(by, document)
        return await self._full_case(by, document)

    async def claim(self, by: Principal, key: str, idempotency: str | None) -> Case:
        async def body(change: Change) -> Outcome:
            document = await self._get(key, change)
            await self._refuse_subject(change, by, document)
            if document["open"] and document["holder"] is not None:
                raise Refused(RefusalCode.CASE_TAKEN)
            await self._steps.take(change, document, DisputeAction.CLAIM, DisputeRole.AGENT, values={"holder": by.id})
            return {}

        await self._changes.run(by, "claim", body, key=idempotency, request=key)
        return await self.case(by, key)

    async def release(self, by: Principal, key: str, idempotency: str | None) -> Case:
        async def body(change: Change) -> Outcome:
            document = await self._get(key, change)
            role = holder_role(document, by)
            await self._steps.take(change, document, DisputeAction.RELEASE, role, values={"holder": None})
            return {}

        await self._changes.run(by, "release", body, key=idempotency, request=key)
        return await self.case(by, key)

    async def decide(
        self,
        by: Principal,
        key: str,
        version: int,
        determination: Determination,
        explanation: str,
        idempotency: str | None,
    ) -> Case:
        explanation = _checked_words(explanation)

        async def body(change: Change) -> Outcome:
            document = await self._get(key, change, version)
            await self._refuse_subject(change, by, document)
            _refuse_late(document, change)
            values = {
                "determination": determination.value,
                "proposer": by.id,
                "explained_at": len(document["events"]),
            }
            moved = await self._steps.take(
                change,
                document,
                DisputeAction.PROPOSE,
                holder_role(document, by),
                values=values,
                words=explanation,
                determination=determination,
            )
            if not moved["open"]:
                await self._steps.resolve(change, moved, determination, lapsed=False)
            return {}

        request = [key, version, determination.value, explanation]
        await self._changes.run(by, "decide", body, key=idempotency, request=request)
        return await self.case(by, key)

    async def approve(self, by: Principal, key: str, version: int, idempotency: str | None) -> Case:
        async def body(change: Change) -> Outcome:
            document = await self._get(key, change, version)
            await self._refuse_same_eyes(change, by, document)
            _refuse_late(document, change)
            moved = await self._steps.take(change, document, DisputeAction.APPROVE, DisputeRole.APPROVER)
            await self._steps.resolve(change, moved, Determination(moved["determination"]), lapsed=False)
            return {}

        await self._changes.run(by, "approve", body, key=idempotency, request=[key, version])
        return await self.case(by, key)

    async def send_back(self, by: Principal, key: str, version: int, explanation: str, idempotency: str | None) -> Case:
        explanation = _checked_words(explanation)

        async def body(change: Change) -> Outcome:
            document = await self._get(key, change, version)
            await self._refuse_same_eyes(change, by, document)
            values = {"determination": None, "proposer": None, "explained_at": None}
            await self._steps.take(
                change,
                document,
                DisputeAction.RETURN,
                DisputeRole.APPROVER,
                values=values,
                words=explanation,
            )
            return {}

        request = [key, version, explanation]
        await self._changes.run(by, "send_back", body, key=idempotency, request=request)
        return await self.case(by, key)

    # Time

    async def lapse_overdue(self) -> int:
        """Decide every overdue dispute for the citizen; returns how many."""
        today = day_of(self._clock()).isoformat()
        overdue = self._store["disputes"].find({"open": True, "due_on": {"$lt": today}}, {"_id": 1})
        count = 0
        for row in await overdue.to_list(None):
            try:
                count += await self._lapse(row["_id"], today)
            except Exception as error:
                log.error("dispute %s did not lapse: %s", row["_id"], type(error).__name__)
        return count

    async def _lapse(self, key: str, today: str) -> bool:
        async def body(change: Change) -> Outcome:
            document = await self._get(key, change)
            if not document["open"] or document["due_on"] >= today:
                return {"lapsed": False}
            determination = Determination.UNVERIFIABLE
            moved = await self._steps.take(
                change,
                document,
                DisputeAction.LAPSE,
                DisputeRole.CLOCK,
                values={"determination": determination.value, "lapsed": True, "explained_at": None},
            )
            await self._steps.resolve(change, moved, determination, lapsed=True)
            return {"lapsed": True}

        return bool((await self._changes.run(CLOCK, "lapse", body))["lapsed"])

    # Reading

    async def _get(self, key: str, change: Change | None = None, version: int | None = None) -> Document:
        session = change.session if change else None
        document = await self._store["disputes"].find_one({"_id": key}, session=session)
        if document is None:
            raise Refused(RefusalCode.NOT_FOUND)
        if version is not None and document["version"] != version:
            raise Refused(RefusalCode.CONFLICT)
        return document

    async def _own(self, by: Principal, key: str, change: Change | None = None) -> Document:
        document = await self._get(key, change)
        if document["citizen"] != by.id:
            raise Refused(RefusalCode.NOT_FOUND)
        return document

    def _queue_query(self, by: Principal, part: QueueFilter) -> Document:
        query: Document = {"open": True}
        if part is QueueFilter.UNASSIGNED:
            query["holder"] = None
        elif part is QueueFilter.MINE:
            query["holder"] = by.id
        elif part is QueueFilter.OVERDUE:
            query["due_on"] = {"$lt": day_of(self._clock()).isoformat()}
        elif part is QueueFilter.TO_APPROVE:
            query |= {"state": DisputeState.PROPOSED.value, "proposer": {"$ne": by.id}}
        return query

    async def _content(self, document: Document) -> Document | None:
        try:
            return await self._vault.open(document["sealed"])
        except KeyDestroyedError:
            return None

    async def _view(self, document: Document) -> Dispute:
        content = await self._content(document)
        return dispute_view(self._scheme, document, content, day_of(self._clock()))

    def _case(self, by: Principal, document: Document, content: Document | None) -> Case:
        """A case; in the queue without `content`, so that listing it is no look at what people wrote."""
        return Case(
            id=global_id("Case", document["_id"]),
            key=document["_id"],
            dispute=dispute_view(self._scheme, document, content, day_of(self._clock())),
            holder=document["holder"],
            held_by_me=document["holder"] == by.id,
            proposed_by_me=document["proposer"] == by.id,
            version=document["version"],
            record=None,
            citizen_name=None,
            score_now=None,
            score_with=None,
            score_without=None,
        )

    async def _full_case(self, by: Principal, document: Document) -> Case:
        """A case with the record and the score with and without it, by the one engine."""
        content = await self._content(document)
        case = self._case(by, document, content)
        with_texts(case.dispute, content)
        try:
            citizen = await self._citizens.get(document["citizen"])
        except Refused:
            return case
        today: date = day_of(self._clock())
        computed = await self._assessor.compute(citizen, today)
        case.score_now = computed.statement.value
        case.citizen_name = identity.mask_name((await self._vault.open(citizen["sealed"]))["name"])
        held = next((h for h in computed.held if h.key == document["record"]), None)
        if held is None:
            return case
        case.record = views.record_view(self._scheme, held, computed.statement)
        others = [h.record for h in computed.held if h is not held]
        declined = frozenset(citizen["declined"])
        counting = views.undisputed(held.record)
        case.score_without = assess(self._scheme, others, today, declined=declined).value
        case.score_with = assess(self._scheme, [*others, counting], today, declined=declined).value
        return case

    def _points_at_stake(self, statement: Statement, record: Record) -> int:
        """What the record gives, or a notice will give when it is due; 0 when there is no effect."""
        ref = (record.source, record.id)
        waits = WithheldReason.NOTICE_NOT_DUE
        if any((w.source, w.record) == ref and w.reason is waits for w in statement.withheld):
            points = self._scheme.rules_by_code[record.rule].points_on(record.occurred_on)
            return points.value if points else 0
        return sum(x.points for x in statement.lines if (x.source, x.record) == ref)

    # Refusing

    async def _refuse_second(self, change: Change, record: str) -> None:
        earlier = await change["disputes"].find_one({"record": record, "open": True}, session=change.session)
        if earlier is not None:
            raise Refused(RefusalCode.DISPUTE_OPEN, field="recordId", number=earlier["number"])
        upheld = await change["disputes"].find_one(
            {"record": record, "determination": Determination.UPHELD.value, "state": DisputeState.RESOLVED.value},
            session=change.session,
        )
        if upheld is not None:
            raise Refused(RefusalCode.DISPUTE_DECIDED, field="recordId", number=upheld["number"])

    async def _refuse_same_eyes(self, change: Change, by: Principal, document: Document) -> None:
        if by.kind is not Kind.APPROVER:
            raise Refused(RefusalCode.FORBIDDEN)
        if document["proposer"] == by.id or document["holder"] == by.id:
            raise Refused(RefusalCode.FOUR_EYES)
        await self._refuse_subject(change, by, document)

    async def _refuse_subject(self, change: Change, by: Principal, document: Document) -> None:
        staff = await change["staff"].find_one({"_id": by.id}, session=change.session)
        subject = await change["citizens"].find_one(
            {"_id": document["citizen"]}, {"id_index": 1}, session=change.session
        )
        if staff is None or (subject and staff.get("id_index") == subject["id_index"]):
            raise Refused(RefusalCode.FOUR_EYES)

    async def _log_look(self, by: Principal, document: Document) -> None:
        async def body(change: Change) -> Outcome:
            why = {"why": document["number"]}
            await change.audit(chain_of(document["citizen"]), "case.viewed", why, look=True)
            await change.audit(case_chain(document["_id"]), "case.viewed")
            return {}

        await self._changes.run(by, "look", body)


def _checked_words(words: str) -> str:
    words = words.strip()
    if not words:
        raise Refused(RefusalCode.WORDS_NEEDED, field="words")
    if len(words) > WORDS_MAX:
        raise Refused(RefusalCode.WORDS_TOO_LONG, field="words", most=WORDS_MAX, length=len(words))
    return words


def _refuse_late(document: Document, change: Change) -> None:
    """After the deadline silence has decided already, whether or not a worker has come by."""
    if lapsed(date.fromisoformat(document["due_on"]), change.today):
        raise Refused(RefusalCode.DEADLINE_PASSED)


async def _next_number(change: Change) -> str:
    counter = await change["counters"].find_one_and_update(
        {"_id": f"dispute-{change.today.year}"},
        {"$inc": {"n": 1}},
        upsert=True,
        return_document=True,
        session=change.session,
    )
    return f"D-{change.today.year}-{counter['n'] if counter else 1:06d}"
