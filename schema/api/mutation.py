"""The changes that can be made. Each is one transaction; send `Idempotency-Key` to retry safely."""

from __future__ import annotations

from datetime import date
from typing import Any

import strawberry

from schema.api.context import Info
from schema.types.benefit import Pass, PassAnswer
from schema.types.connection import local_id
from schema.types.dispute import Case, DecideInput, Dispute, Evidence, EvidenceUpload, InquiryAnswered, OpenDisputeInput
from schema.types.enrolment import (
    Address,
    BindingConfirmed,
    BindingStarted,
    Enrolment,
    IdentityAccepted,
    IdentityField,
    Left,
    OptionalItem,
    Session,
    SessionEnded,
    StartBindingInput,
    Unlinked,
)
from schema.types.errors import Refusal
from schema.types.principal import Scope
from schema.types.record import DeliveryReport, RecordEnded, RecordInput
from scoring.disputes import Determination, Finding
from scoring.records import RevocationReason


@strawberry.type(description="All that can be changed. Send `Idempotency-Key` to retry safely.")
class Mutation:
    """The root of all changes."""

    @strawberry.mutation(description="Sign in from a mini-program with the code of `wx.login`.")
    async def log_in(self, info: Info, code: str) -> Session | Refusal:
        return await info.context.services.sessions.log_in(code)

    @strawberry.mutation(
        description="A new session for a refresh token, which is good once: keep the new one. One that comes a second "
        "time ends the sign-in for whoever has a copy."
    )
    async def renew_session(self, info: Info, refresh_token: str) -> Session | Refusal:
        return await info.context.services.sessions.renew(refresh_token)

    @strawberry.mutation(description="Sign out: the sign-in's refresh tokens are good no more, its token for minutes.")
    async def end_session(self, info: Info, refresh_token: str) -> SessionEnded | Refusal:
        return await info.context.services.sessions.end(refresh_token)

    @strawberry.mutation(description="Sign in to the desk.")
    async def sign_in(self, info: Info, account: str, password: str, device: str | None = None) -> Session | Refusal:
        return await info.context.services.sessions.sign_in(account, password, info.context.caller.address, device)

    @strawberry.mutation(
        description="Whether a part of an identity has the right form; looks nothing up and changes nothing. "
        "A mutation, so that what is typed can never be part of a URL."
    )
    def check_identity(self, info: Info, field: IdentityField, value: str) -> IdentityAccepted | Refusal:
        return info.context.services.bindings.check(field, value)

    @strawberry.mutation(description="Check an identity against the register and send a code.")
    async def start_binding(self, info: Info, input: StartBindingInput) -> BindingStarted | Refusal:
        context = info.context
        return await context.services.bindings.start(context.caller, input)

    @strawberry.mutation(description="Send a new code for the same attempt.")
    async def resend_code(self, info: Info, attempt: strawberry.ID) -> BindingStarted | Refusal:
        context = info.context
        return await context.services.bindings.resend(context.caller, attempt)

    @strawberry.mutation(description="Confirm the code: binds the identity and records the consent.")
    async def confirm_binding(self, info: Info, attempt: strawberry.ID, code: str) -> BindingConfirmed | Refusal:
        context = info.context
        return await context.services.bindings.confirm(context.caller, attempt, code)

    @strawberry.mutation(
        description="A page to bind on, so that the identity need not be typed into the chat; good once."
    )
    async def open_binding_form(self, info: Info) -> Address | Refusal:
        context = info.context
        return await context.services.bindings.form(context.caller)

    @strawberry.mutation(description="Everything that is held about the citizen, as a page and as JSON.")
    async def export_my_data(self, info: Info) -> Address | Refusal:
        context = info.context
        return await context.services.enrolments.export(context.as_citizen())

    @strawberry.mutation(description="Agree to a newer consent text.")
    async def grant_consent(self, info: Info, version: str) -> Enrolment | Refusal:
        context = info.context
        return await context.services.enrolments.grant(context.as_citizen(), version)

    @strawberry.mutation(description="Switch an optional item off or on; the score follows.")
    async def decline_item(self, info: Info, rule: str, declined: bool) -> OptionalItem | Refusal:
        context = info.context
        return await context.services.enrolments.decline(context.as_citizen(), rule, declined)

    @strawberry.mutation(description="Leave: computing stops, passes die, personal data is erased.")
    async def leave(self, info: Info) -> Left | Refusal:
        context = info.context
        return await context.services.enrolments.leave(context.caller)

    @strawberry.mutation(description="Unlink this account; the enrolment goes on.")
    async def unlink(self, info: Info) -> Unlinked | Refusal:
        context = info.context
        return await context.services.enrolments.unlink(context.caller)

    @strawberry.mutation(description="A pass for one benefit, good for ten minutes and one use.")
    async def issue_pass(self, info: Info, benefit: str) -> Pass | Refusal:
        context = info.context
        return await context.services.benefits.issue_pass(context.as_citizen(), benefit)

    @strawberry.mutation(description="Partners: use a pass. Yes or no, and never why.")
    async def redeem_pass(self, info: Info, code: str) -> PassAnswer | Refusal:
        context = info.context
        caller = context.as_partner(Scope.REDEEM_PASSES)
        valid = await context.services.benefits.redeem(caller, code)
        return PassAnswer(valid=valid)

    @strawberry.mutation(description="File a dispute; the record is neutral from now on.")
    async def open_dispute(self, info: Info, input: OpenDisputeInput) -> Dispute | Refusal:
        context = info.context
        record = local_id(input.record_id, "CreditRecord")
        return await context.services.disputes.open(
            context.as_citizen(), record, input.reason, input.words, _photos(input.evidence)
        )

    @strawberry.mutation(description="A one-time address to send one photo or PDF file to, as evidence.")
    async def open_evidence_upload(self, info: Info) -> EvidenceUpload | Refusal:
        context = info.context
        return await context.services.evidence.upload(context.as_citizen())

    @strawberry.mutation(description="In WeChat: keep a photo that was sent to the chat, as evidence.")
    async def keep_photo(self, info: Info, media_id: str) -> Evidence | Refusal:
        context = info.context
        return await context.services.evidence.keep_photo(context.as_citizen(), media_id)

    @strawberry.mutation(description="Answer the desk's question about a dispute.")
    async def supply_dispute(
        self, info: Info, id: strawberry.ID, words: str, evidence: list[strawberry.ID] | None = None
    ) -> Dispute | Refusal:
        context = info.context
        return await context.services.disputes.supply(
            context.as_citizen(), local_id(id, "Dispute"), words, _photos(evidence or [])
        )

    @strawberry.mutation(description="Have a decision looked at again, once, by other people.")
    async def appeal_dispute(self, info: Info, id: strawberry.ID, words: str) -> Dispute | Refusal:
        context = info.context
        return await context.services.disputes.appeal(context.as_citizen(), local_id(id, "Dispute"), words)

    @strawberry.mutation(description="Withdraw a dispute; the record counts again.")
    async def withdraw_dispute(self, info: Info, id: strawberry.ID) -> Dispute | Refusal:
        context = info.context
        return await context.services.disputes.withdraw(context.as_citizen(), local_id(id, "Dispute"))

    @strawberry.mutation(description="Desk: take a case.")
    async def claim_case(self, info: Info, id: strawberry.ID) -> Case | Refusal:
        context = info.context
        return await context.services.desk.claim(context.as_desk(), local_id(id, "Case"))

    @strawberry.mutation(description="Desk: give a case back to the queue.")
    async def release_case(self, info: Info, id: strawberry.ID) -> Case | Refusal:
        context = info.context
        return await context.services.desk.release(context.as_desk(), local_id(id, "Case"))

    @strawberry.mutation(description="Desk: decide; a change of the record waits for a second person.")
    async def decide_case(self, info: Info, input: DecideInput) -> Case | Refusal:
        context = info.context
        return await context.services.desk.decide(
            context.as_desk(), local_id(input.id, "Case"), input.version, input.determination, input.explanation
        )

    @strawberry.mutation(description="Desk: ask the citizen for more; the deadline stays.")
    async def ask_citizen(self, info: Info, id: strawberry.ID, version: int, question: str) -> Case | Refusal:
        context = info.context
        return await context.services.desk.ask_citizen(context.as_desk(), local_id(id, "Case"), version, question)

    @strawberry.mutation(description="Desk: take a case from its holder; the reason is on record.")
    async def take_over_case(self, info: Info, id: strawberry.ID, version: int, reason: str) -> Case | Refusal:
        context = info.context
        return await context.services.desk.take_over(context.as_desk(), local_id(id, "Case"), version, reason)

    @strawberry.mutation(description="Desk: leave a note for colleagues. No citizen reads it.")
    async def add_note(self, info: Info, id: strawberry.ID, text: str) -> Case | Refusal:
        context = info.context
        return await context.services.desk.note(context.as_desk(), local_id(id, "Case"), text)

    @strawberry.mutation(description="Desk: ask the reporting entity about its record; the deadline stays.")
    async def ask_source(self, info: Info, id: strawberry.ID, version: int, question: str) -> Case | Refusal:
        context = info.context
        return await context.services.desk.ask_source(context.as_desk(), local_id(id, "Case"), version, question)

    @strawberry.mutation(description="Desk: log what the reporting entity said by telephone, and who said it.")
    async def log_source_call(
        self, info: Info, id: strawberry.ID, version: int, spoke_with: str, finding: Finding, words: str
    ) -> Case | Refusal:
        context = info.context
        return await context.services.desk.log_call(
            context.as_desk(), local_id(id, "Case"), version, spoke_with, finding, words
        )

    @strawberry.mutation(description="Desk: the one extension of the deadline; the citizen is told why.")
    async def extend_case(self, info: Info, id: strawberry.ID, version: int, reason: str) -> Case | Refusal:
        context = info.context
        return await context.services.desk.extend(context.as_desk(), local_id(id, "Case"), version, reason)

    @strawberry.mutation(description="Desk: close what is no dispute, with reasons. The citizen can appeal.")
    async def reject_case(self, info: Info, id: strawberry.ID, version: int, explanation: str) -> Case | Refusal:
        context = info.context
        return await context.services.desk.reject(context.as_desk(), local_id(id, "Case"), version, explanation)

    @strawberry.mutation(description="Sources: deliver records, at most 100 at a time. Safe to send again.")
    async def deliver_records(self, info: Info, records: list[RecordInput]) -> DeliveryReport | Refusal:
        context = info.context
        caller = context.as_source(Scope.DELIVER_RECORDS)
        return await context.services.reports.deliver(caller, [_on_the_wire(r) for r in records])

    @strawberry.mutation(description="Sources: take one of your records back for good.")
    async def revoke_record(self, info: Info, number: str, reason: RevocationReason) -> RecordEnded | Refusal:
        context = info.context
        caller = context.as_source(Scope.REVOKE_RECORDS)
        changed = await context.services.reports.revoke(caller, number, reason)
        return RecordEnded(changed=changed)

    @strawberry.mutation(description="Sources: what a record demanded has been done; it leaves the score (信用修复).")
    async def repair_record(self, info: Info, number: str, done_on: date) -> RecordEnded | Refusal:
        context = info.context
        caller = context.as_source(Scope.REPAIR_RECORDS)
        changed = await context.services.reports.repair(caller, number, done_on)
        return RecordEnded(changed=changed)

    @strawberry.mutation(description="Sources: answer a question about one of your records.")
    async def answer_inquiry(
        self, info: Info, id: strawberry.ID, finding: Finding, words: str
    ) -> InquiryAnswered | Refusal:
        context = info.context
        received = await context.services.inquiries.answer(
            context.as_source(Scope.ANSWER_INQUIRIES), local_id(id, "SourceInquiry"), finding, words
        )
        return InquiryAnswered(received=received)

    @strawberry.mutation(description="Desk: approve the proposal of another person, naming the outcome it approves.")
    async def approve_case(
        self, info: Info, id: strawberry.ID, version: int, determination: Determination
    ) -> Case | Refusal:
        context = info.context
        return await context.services.desk.approve(context.as_desk(), local_id(id, "Case"), version, determination)

    @strawberry.mutation(description="Desk: return a proposal to its holder with a reason.")
    async def return_case(self, info: Info, id: strawberry.ID, version: int, explanation: str) -> Case | Refusal:
        context = info.context
        return await context.services.desk.send_back(context.as_desk(), local_id(id, "Case"), version, explanation)


def _photos(ids: list[strawberry.ID]) -> list[str]:
    return [local_id(photo, "Evidence") for photo in ids]


def _on_the_wire(record: RecordInput) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in ("id", "resident", "source", "rule", "occurred_on")}
    values |= {"reported_on": record.reported_on, "final": record.final, "class": record.data_class}
    return values if record.facts is None else {**values, "facts": record.facts}
