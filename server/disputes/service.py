"""The citizen's side of a dispute, and the deadline that decides."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date
from uuid import uuid4

from schema.types.connection import Connection, Page, connect
from schema.types.dispute import Dispute
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import CLOCK, Principal
from scoring.deadlines import due_on
from scoring.disputes import (
    Determination,
    DisputeAction,
    DisputeReason,
    DisputeRole,
    DisputeState,
)
from scoring.records import Record
from scoring.scheme import Scheme
from scoring.statement import Statement, WithheldReason
from server.citizens.citizens import Citizens, chain_of
from server.disputes.documents import checked_words, get_dispute, open_content
from server.disputes.evidence import EvidenceService
from server.disputes.letter import LetterService
from server.disputes.mapping import appealable, dispute_view
from server.disputes.steps import Steps
from server.platform.core.changes import Change, Changes, Outcome
from server.platform.crypto.vault import Vault
from server.platform.db import Document, DuplicateError, Store
from server.platform.kit.clock import Clock, day_of
from server.records.reader import ACTIVE
from server.scores.assessments import Assessor

log = logging.getLogger("egret.disputes")
MOST_WITHDRAWN = 2
"""After so many withdrawals a record is no longer neutral by filing anew; a person can still be asked."""


class DisputeService:
    """Implements `schema.api.services.Disputes`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: Scheme,
        clock: Clock,
        changes: Changes,
        citizens: Citizens,
        assessor: Assessor,
        evidence: EvidenceService,
        letters: LetterService,
        steps: Steps,
    ) -> None:
        self._store = store
        self._vault = vault
        self._scheme = scheme
        self._clock = clock
        self._changes = changes
        self._citizens = citizens
        self._assessor = assessor
        self._evidence = evidence
        self._letters = letters
        self._steps = steps

    # The citizen

    async def open(
        self, by: Principal, record: str, reason: DisputeReason, words: str, photos: Sequence[str], key: str | None
    ) -> Dispute:
        words = checked_words(words)

        async def body(change: Change) -> Outcome:
            citizen = await self._citizens.get(by.id, change)
            before = await self._assessor.compute(citizen, change.today, change)
            held = next((h for h in before.held if h.key == record), None)
            if held is None:
                raise Refused(RefusalCode.NOT_FOUND, field="recordId")
            await self._refuse_second(change, by.id, record)
            points = self._points_at_stake(before.statement, held.record)
            if not points:
                raise Refused(RefusalCode.RECORD_NOT_DISPUTABLE, field="recordId")
            content = {"words": words, "texts": {}}
            document: Document = {
                "_id": uuid4().hex,
                "number": await _next_number(change),
                "citizen": by.id,
                "record": record,
                "source": held.record.source,
                "reporter": await _reporter(change, record),
                "rule": held.record.rule,
                "points": points,
                "reason": reason.value,
                "sealed": await self._vault.seal(citizen["key"], content),
                "state": DisputeState.SUBMITTED.value,
                "open": True,
                "holder": None,
                "filed_at": change.now,
                "filed_on": change.today.isoformat(),
                **started(change.today),
                "determination": None,
                "explained_at": None,
                "proposer": None,
                "lapsed": False,
                "appealed": False,
                "asked_at": None,
                "inquiry": None,
                "ended_on": None,
                "excluded": [],
                "version": 1,
                "events": [{"at": change.now, "action": "file", "by": "citizen", "actor": by.id}],
            }
            await change["disputes"].insert_one(document)
            await self._evidence.attach(change, by.id, document["_id"], photos)
            await change["records"].update_one({"_id": record}, {"$set": {"disputed": document["_id"]}})
            await self._assessor.reassess(change, citizen, "dispute")
            await change.audit(chain_of(by.id), "dispute.filed", {"number": document["number"]})
            if by.contact is None or by.contact.channel != "wechat":  # the chat says so itself
                accepted = {"number": document["number"], "due": document["due_on"]}
                await self._citizens.notify(change, citizen, "dispute_accepted", accepted)
            return {"dispute": document["_id"]}

        request = [record, reason.value, self._blind(words), list(photos)]
        try:
            outcome = await self._changes.run(by, "open_dispute", body, key=key, request=request)
        except DuplicateError:
            raise Refused(RefusalCode.CONFLICT) from None
        return await self.one(by, outcome["dispute"])

    async def supply(self, by: Principal, dispute: str, words: str, photos: Sequence[str], key: str | None) -> Dispute:
        words = checked_words(words)

        async def body(change: Change) -> Outcome:
            document = await self._own(by, dispute, change)
            if document["open"] and document["state"] != DisputeState.AWAITING_CITIZEN.value:
                raise Refused(RefusalCode.NOTHING_ASKED)
            await self._evidence.attach(change, by.id, dispute, photos)
            await self._steps.take(
                change, document, DisputeAction.SUPPLY, DisputeRole.CITIZEN, values={"asked_at": None}, words=words
            )
            return {}

        await self._changes.run(
            by, "supply_dispute", body, key=key, request=[dispute, self._blind(words), list(photos)]
        )
        return await self.one(by, dispute)

    async def appeal(self, by: Principal, dispute: str, words: str, key: str | None) -> Dispute:
        words = checked_words(words)

        async def body(change: Change) -> Outcome:
            document = await self._own(by, dispute, change)
            if not appealable(document, change.today):
                raise Refused(RefusalCode.NO_APPEAL)
            record = await change["records"].find_one({"_id": document["record"]})
            if record is None or record["status"] != ACTIVE:
                raise Refused(RefusalCode.NO_APPEAL)
            notes = await change["case_notes"].find({"case": dispute}).to_list(None)
            staff = {note["by"] for note in notes}
            staff |= {e["actor"] for e in document["events"] if e["by"] not in ("citizen", "clock", "source")}
            values = {
                "appealed": True,
                "excluded": sorted(staff),
                "holder": None,
                "proposer": None,
                "determination": None,
                "explained_at": None,
                "ended_on": None,
                "inquiry": None,
                **started(change.today),
            }
            await self._steps.take(
                change, document, DisputeAction.APPEAL, DisputeRole.CITIZEN, values=values, words=words
            )
            await self._steps.mark(change, document)
            await change.audit(chain_of(by.id), "dispute.appealed", {"number": document["number"]})
            return {}

        try:
            await self._changes.run(by, "appeal_dispute", body, key=key, request=[dispute, self._blind(words)])
        except DuplicateError:  # a newer dispute about the same record is open
            raise Refused(RefusalCode.NO_APPEAL) from None
        return await self.one(by, dispute)

    def _blind(self, words: str) -> str:
        """What a retry is known by, which tells nobody what was written."""
        return self._vault.blind_text("asked", words)

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
        items = await self._views(rows[: page.first])
        return connect(items, lambda d: filed[d.key], page, has_next=len(rows) > page.first)

    async def one(self, by: Principal, key: str) -> Dispute:
        (view,) = await self._views([await self._own(by, key)])
        return view

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
            document = await get_dispute(change, key)
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

    async def _own(self, by: Principal, key: str, change: Change | None = None) -> Document:
        document = await get_dispute(change or self._store, key)
        if document["citizen"] != by.id:
            raise Refused(RefusalCode.NOT_FOUND)
        return document

    async def _views(self, documents: Sequence[Document]) -> list[Dispute]:
        photos = await self._evidence.of_disputes([document["_id"] for document in documents])
        today = day_of(self._clock())
        return [
            dispute_view(
                self._scheme,
                document,
                await open_content(self._vault, document),
                today,
                photos[document["_id"]],
                self._letters.address(document),
            )
            for document in documents
        ]

    def _points_at_stake(self, statement: Statement, record: Record) -> int:
        """What the record gives, or a notice will give when it is due; 0 when there is no effect."""
        ref = (record.source, record.id)
        waits = WithheldReason.NOTICE_NOT_DUE
        if any((w.source, w.record) == ref and w.reason is waits for w in statement.withheld):
            points = self._scheme.rules_by_code[record.rule].points_on(record.occurred_on)
            return points.value if points else 0
        return sum(x.points for x in statement.lines if (x.source, x.record) == ref)

    # Refusing

    async def _refuse_second(self, change: Change, citizen: str | None, record: str) -> None:
        of_it = {"citizen": citizen, "record": record}
        earlier = await change["disputes"].find_one({**of_it, "open": True})
        if earlier is not None:
            raise Refused(RefusalCode.DISPUTE_OPEN, field="recordId", number=earlier["number"])
        upheld = await change["disputes"].find_one(
            {
                **of_it,
                "$or": [
                    {"determination": Determination.UPHELD.value, "state": DisputeState.RESOLVED.value},
                    {"state": DisputeState.REJECTED.value},
                    {"appealed": True},
                ],
            },
        )
        if upheld is not None:
            raise Refused(RefusalCode.DISPUTE_DECIDED, field="recordId", number=upheld["number"])
        taken_back = {**of_it, "state": DisputeState.WITHDRAWN.value}
        if await change["disputes"].count_documents(taken_back) >= MOST_WITHDRAWN:
            raise Refused(RefusalCode.DISPUTE_WITHDRAWN_OFTEN, field="recordId", most=MOST_WITHDRAWN)


def started(on: date) -> Document:
    """The clock of a dispute, from the day it was filed or appealed."""
    return {"started_on": on.isoformat(), "due_on": due_on(on).isoformat(), "extended": False}


async def _reporter(change: Change, record: str) -> str | None:
    """The entity that delivered a record; None where the platform imported it for a whole source."""
    row = await change["records"].find_one({"_id": record}, {"reporter": 1})
    return None if row is None else row["reporter"]


async def _next_number(change: Change) -> str:
    counter = await change["counters"].find_one_and_update(
        {"_id": f"dispute-{change.today.year}"},
        {"$inc": {"n": 1}},
        upsert=True,
        return_document=True,
    )
    return f"D-{change.today.year}-{counter['n'] if counter else 1:06d}"
