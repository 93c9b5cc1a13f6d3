"""What a reporting entity does with its records."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.api.context import Info
from schema.api.refusals import SOURCE, WORDS, NotRepairableRefusal, PlainRefusal, WordsTooLongRefusal, refusals
from schema.types.connection import local_id
from schema.types.delivery import DeliveryReport, RecordInput
from schema.types.errors import RefusalCode as Code
from schema.types.principal import Scope
from scoring.disputes import Finding
from scoring.records import RevocationReason


@strawberry.input(description="Records to deliver, at most 100.")
class DeliverRecordsInput:
    """What is wrong with one is said in the report, and the others are stored."""

    records: list[RecordInput]


@strawberry.type(description="The delivery was read.")
class DeliverRecordsSuccess:
    """What became of each record."""

    report: DeliveryReport


DeliverRecordsResult = Annotated[DeliverRecordsSuccess | PlainRefusal, strawberry.union("DeliverRecordsResult")]


@strawberry.input(description="A record to take back for good, and why.")
class RevokeRecordInput:
    """By the source's own number."""

    document_number: str
    revocation_reason: RevocationReason


@strawberry.type(description="The record left the score, or had left it already.")
class RevokeRecordSuccess:
    """`changed` is false where nothing was left to do."""

    changed: bool


RevokeRecordResult = Annotated[RevokeRecordSuccess | PlainRefusal, strawberry.union("RevokeRecordResult")]


@strawberry.input(description="A record whose demand was met, and the day of that.")
class RepairRecordInput:
    """By the source's own number."""

    document_number: str
    done_on: date


@strawberry.type(description="The record left the score, or had left it already.")
class RepairRecordSuccess:
    """`changed` is false where nothing was left to do."""

    changed: bool


RepairRecordResult = Annotated[
    RepairRecordSuccess | PlainRefusal | NotRepairableRefusal, strawberry.union("RepairRecordResult")
]


@strawberry.input(description="An answer to a question about a record.")
class AnswerInquiryInput:
    """`words` say what the finding rests on."""

    id: strawberry.ID
    finding: Finding
    words: str


@strawberry.type(description="The answer has arrived.")
class AnswerInquirySuccess:
    """`received` is true, or the answer was refused."""

    received: bool


AnswerInquiryResult = Annotated[
    AnswerInquirySuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("AnswerInquiryResult")
]


@strawberry.type
class SourceMutations:
    """Records and inquiries."""

    @strawberry.mutation(
        description="Sources: deliver records, at most 100 at a time. Safe to send again.",
        metadata=refusals(*SOURCE, Code.BAD_INPUT),
    )
    async def deliver_records(self, info: Info, input: DeliverRecordsInput) -> DeliverRecordsResult:
        context = info.context
        caller = context.as_source(Scope.DELIVER_RECORDS)
        records = [record.on_the_wire() for record in input.records]
        return DeliverRecordsSuccess(report=await context.services.reports.deliver(caller, records))

    @strawberry.mutation(
        description="Sources: take one of your records back for good.", metadata=refusals(*SOURCE, Code.NOT_FOUND)
    )
    async def revoke_record(self, info: Info, input: RevokeRecordInput) -> RevokeRecordResult:
        context = info.context
        caller = context.as_source(Scope.REVOKE_RECORDS)
        changed = await context.services.reports.revoke(caller, input.document_number, input.revocation_reason)
        return RevokeRecordSuccess(changed=changed)

    @strawberry.mutation(
        description="Sources: what a record demanded has been done; it leaves the score (信用修复).",
        metadata=refusals(*SOURCE, Code.NOT_FOUND, Code.NOT_REPAIRABLE),
    )
    async def repair_record(self, info: Info, input: RepairRecordInput) -> RepairRecordResult:
        context = info.context
        caller = context.as_source(Scope.REPAIR_RECORDS)
        changed = await context.services.reports.repair(caller, input.document_number, input.done_on)
        return RepairRecordSuccess(changed=changed)

    @strawberry.mutation(
        description="Sources: answer a question about one of your records.",
        metadata=refusals(*SOURCE, *WORDS, Code.NOT_FOUND, Code.NOTHING_ASKED, Code.CONFLICT),
    )
    async def answer_inquiry(self, info: Info, input: AnswerInquiryInput) -> AnswerInquiryResult:
        context = info.context
        caller = context.as_source(Scope.ANSWER_INQUIRIES)
        inquiry = local_id(input.id, "SourceInquiry")
        received = await context.services.inquiries.answer(caller, inquiry, input.finding, input.words)
        return AnswerInquirySuccess(received=received)
