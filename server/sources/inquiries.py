"""The reporting entity's side of a dispute: what it is asked about its own records, and its answer.

It sees the reason, the citizen's own words and the evidence, and never who the citizen is beyond its own document.
"""

from __future__ import annotations

from datetime import date

from schema.types.connection import Connection, Page, connect, global_id
from schema.types.dispute import SourceInquiry
from schema.types.errors import LocalText, RefusalCode, Refused
from schema.types.principal import Principal
from scoring.disputes import DisputeAction, DisputeReason, DisputeRole, DisputeState, Finding
from scoring.scheme import Scheme
from server.citizens.citizens import chain_of
from server.disputes.desk import answered
from server.disputes.documents import checked_words, get_dispute
from server.disputes.evidence import EvidenceService
from server.disputes.steps import Steps
from server.platform.core.changes import Change, Changes, Outcome
from server.platform.crypto.vault import Vault
from server.platform.db import Document, Store
from server.scores.mapping import text
from server.sources.register import SourceRegister


class InquiryService:
    """Implements `schema.api.services.Inquiries`."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        scheme: Scheme,
        changes: Changes,
        evidence: EvidenceService,
        register: SourceRegister,
        steps: Steps,
    ) -> None:
        self._store = store
        self._vault = vault
        self._scheme = scheme
        self._changes = changes
        self._evidence = evidence
        self._register = register
        self._steps = steps

    async def open(self, by: Principal, page: Page) -> Connection[SourceInquiry]:
        await self._register.entity(by)
        mine = [{"reporter": by.id}, {"reporter": None, "source": by.id}]
        query: Document = {"$or": mine, "state": DisputeState.AWAITING_SOURCE.value}
        if page.after is not None:
            query["_id"] = {"$gt": page.after}
        found = self._store["disputes"].find(query).sort([("_id", 1)]).limit(page.first + 1)
        rows = await found.to_list(None)
        shown = rows[: page.first]
        await self._log_looks(by, shown)
        items = [await self._view(row) for row in shown]
        return connect(items, lambda i: i.key, page, has_next=len(rows) > page.first)

    async def answer(self, by: Principal, key: str, finding: Finding, words: str, idempotency: str | None) -> bool:
        words = checked_words(words)
        await self._register.entity(by)

        async def body(change: Change) -> Outcome:
            document = await get_dispute(change, key)
            if _asked(document) != by.id:
                raise Refused(RefusalCode.NOT_FOUND)
            if document["state"] != DisputeState.AWAITING_SOURCE.value:
                raise Refused(RefusalCode.NOTHING_ASKED)
            values = answered(document, finding, by_telephone=False)
            await self._steps.take(
                change, document, DisputeAction.ANSWER, DisputeRole.SOURCE, values=values, words=words
            )
            return {}

        request = [key, finding.value, self._vault.blind_text("asked", words)]
        await self._changes.run(by, "answer_inquiry", body, key=idempotency, request=request)
        return True

    async def _view(self, document: Document) -> SourceInquiry:
        content = await self._vault.open(document["sealed"])
        record = await self._store["records"].find_one({"_id": document["record"]})
        number = "" if record is None else (await self._vault.open(record["sealed"]))["id"]
        rule = self._scheme.rules_by_code.get(document["rule"])
        photos = await self._evidence.of_disputes([document["_id"]])
        return SourceInquiry(
            id=global_id("SourceInquiry", document["_id"]),
            key=document["_id"],
            number=document["number"],
            document_number=number,
            subject=text(rule.label) if rule else LocalText(zh=document["rule"], en=document["rule"]),
            reason=DisputeReason(document["reason"]),
            words=content["words"],
            question=content["texts"].get(str(document["inquiry"]["asked_at"]), ""),
            due_on=date.fromisoformat(document["due_on"]),
            evidence=photos[document["_id"]],
        )

    async def _log_looks(self, by: Principal, rows: list[Document]) -> None:
        async def body(change: Change) -> Outcome:
            for row in rows:
                await change.audit(chain_of(row["citizen"]), "inquiry.read", {"why": row["number"]}, look=True)
            return {}

        if rows:
            await self._changes.run(by, "look", body)


def _asked(document: Document) -> str:
    """Who is asked: the entity that delivered the record, else the source itself."""
    return str(document["reporter"] or document["source"])
