"""Credit repair: what the citizen applies for, and what the source or the desk answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.api.citizen import Citizen
from schema.api.context import Info
from schema.api.refusals import (
    CITIZEN,
    DESK,
    SOURCE,
    WORDS,
    NotRepairableRefusal,
    PlainRefusal,
    TooManyPhotosRefusal,
    TooManyTriesRefusal,
    WordsTooLongRefusal,
    refusals,
)
from schema.types.connection import Edge, local_id
from schema.types.dispute import CreditRecord
from schema.types.errors import RefusalCode as Code
from schema.types.principal import Principal, Scope
from schema.types.repair import RepairApplication, RepairCase

_DESK = tuple(code for code in DESK if code not in (Code.DISPUTE_CLOSED, Code.CASE_NOT_HELD))


@strawberry.type
class RepairPayload:
    """An application as it is now, with all that a cache needs to follow."""

    repair: RepairApplication
    principal: strawberry.Private[Principal]

    @strawberry.field(description="The application as an item of `Citizen.repairs`.")
    def repair_edge(self) -> Edge[RepairApplication]:
        return Edge(node=self.repair, key=self.repair.applied_at.isoformat())

    @strawberry.field(description="The record that it is about; null where it is gone.")
    async def record(self, info: Info) -> CreditRecord | None:
        return await info.context.loading.record(self.repair.record_key)

    @strawberry.field(description="The citizen whose it is.")
    def citizen(self) -> Citizen:
        return Citizen.of(self.principal)


@strawberry.input(description="A record to have repaired, the day its demand was met, and the proof.")
class ApplyForRepairInput:
    """`words` are the citizen's own, at most 500 characters; `evidence` at most ten photos."""

    record_id: strawberry.ID
    done_on: date
    words: str
    evidence: list[strawberry.ID] = strawberry.field(default_factory=list)


@strawberry.type(description="The application is with the source of the record; the record counts until it answers.")
class ApplyForRepairSuccess(RepairPayload):
    """What was applied for."""


ApplyForRepairResult = Annotated[
    ApplyForRepairSuccess
    | PlainRefusal
    | TooManyTriesRefusal
    | NotRepairableRefusal
    | WordsTooLongRefusal
    | TooManyPhotosRefusal,
    strawberry.union("ApplyForRepairResult"),
]


@strawberry.input(description="An application to take back.")
class WithdrawRepairInput:
    """While it is open."""

    id: strawberry.ID


@strawberry.type(description="The application is taken back; the record stays as it is.")
class WithdrawRepairSuccess(RepairPayload):
    """What was withdrawn."""


WithdrawRepairResult = Annotated[
    WithdrawRepairSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("WithdrawRepairResult")
]


@strawberry.input(description="An answer to an application for repair.")
class AnswerRepairInput:
    """`accepted` repairs the record at once; `words` are read by the citizen."""

    id: strawberry.ID
    accepted: bool
    words: str


@strawberry.type(description="The answer has arrived, and is carried out.")
class AnswerRepairSuccess:
    """`received` is true, or the answer was refused."""

    received: bool


AnswerRepairResult = Annotated[
    AnswerRepairSuccess | PlainRefusal | NotRepairableRefusal | WordsTooLongRefusal,
    strawberry.union("AnswerRepairResult"),
]


@strawberry.type
class RepairCasePayload:
    """An application as the desk sees it now."""

    repair_case: RepairCase


@strawberry.input(description="What an office without a program answered, by telephone or letter.")
class LogRepairAnswerInput:
    """A consent waits for a second person; a refusal is told to the citizen in these words."""

    id: strawberry.ID
    revision: int
    spoke_with: str
    accepted: bool
    words: str


@strawberry.type(description="The answer is written down.")
class LogRepairAnswerSuccess(RepairCasePayload):
    """The application as it is now."""


LogRepairAnswerResult = Annotated[
    LogRepairAnswerSuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("LogRepairAnswerResult")
]


@strawberry.input(description="A consent to approve.")
class ApproveRepairInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int


@strawberry.type(description="The record is repaired.")
class ApproveRepairSuccess(RepairCasePayload):
    """The application as it is now."""


ApproveRepairResult = Annotated[
    ApproveRepairSuccess | PlainRefusal | NotRepairableRefusal, strawberry.union("ApproveRepairResult")
]


@strawberry.input(description="A consent to send back.")
class ReturnRepairInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int


@strawberry.type(description="The application waits for an answer again.")
class ReturnRepairSuccess(RepairCasePayload):
    """The application as it is now."""


ReturnRepairResult = Annotated[ReturnRepairSuccess | PlainRefusal, strawberry.union("ReturnRepairResult")]


@strawberry.type
class RepairMutations:
    """Applications for repair, and answers to them."""

    @strawberry.mutation(
        description="Ask the source of a record to repair it, with proof (信用修复).",
        metadata=refusals(
            *CITIZEN,
            *WORDS,
            Code.NOT_FOUND,
            Code.TOO_MANY_PHOTOS,
            Code.NOT_REPAIRABLE,
            Code.REPAIR_OPEN,
            Code.REPAIR_APPLIED_OFTEN,
            Code.CONFLICT,
        ),
    )
    async def apply_for_repair(self, info: Info, input: ApplyForRepairInput) -> ApplyForRepairResult:
        caller = info.context.as_citizen()
        record = local_id(input.record_id, "CreditRecord")
        photos = [local_id(one, "Evidence") for one in input.evidence]
        repair = await info.context.services.repairs.apply(caller, record, input.done_on, input.words, photos)
        return ApplyForRepairSuccess(repair=repair, principal=caller.principal)

    @strawberry.mutation(
        description="Take an application for repair back.",
        metadata=refusals(*CITIZEN, Code.NOT_FOUND, Code.REPAIR_CLOSED, Code.CONFLICT),
    )
    async def withdraw_repair(self, info: Info, input: WithdrawRepairInput) -> WithdrawRepairResult:
        caller = info.context.as_citizen()
        repair = await info.context.services.repairs.withdraw(caller, local_id(input.id, "RepairApplication"))
        return WithdrawRepairSuccess(repair=repair, principal=caller.principal)

    @strawberry.mutation(
        description="Sources: answer an application for repair. A consent repairs the record at once.",
        metadata=refusals(*SOURCE, *WORDS, Code.NOT_FOUND, Code.REPAIR_CLOSED, Code.NOT_REPAIRABLE, Code.CONFLICT),
    )
    async def answer_repair(self, info: Info, input: AnswerRepairInput) -> AnswerRepairResult:
        context = info.context
        caller = context.as_source(Scope.REPAIR_RECORDS)
        answers = context.services.repair_answers
        repair = local_id(input.id, "SourceRepair")
        return AnswerRepairSuccess(received=await answers.answer(caller, repair, input.words, accepted=input.accepted))

    @strawberry.mutation(
        description="Desk: write down what an office answered to an application. A consent needs a second person.",
        metadata=refusals(*_DESK, *WORDS, Code.REPAIR_CLOSED),
    )
    async def log_repair_answer(self, info: Info, input: LogRepairAnswerInput) -> LogRepairAnswerResult:
        caller = info.context.as_desk()
        case = await info.context.services.repair_answers.log_answer(
            caller,
            local_id(input.id, "RepairCase"),
            input.revision,
            input.spoke_with,
            input.words,
            accepted=input.accepted,
        )
        return LogRepairAnswerSuccess(repair_case=case)

    @strawberry.mutation(
        description="Desk: approve a consent that another person wrote down; the record is repaired.",
        metadata=refusals(*_DESK, Code.REPAIR_CLOSED, Code.NOT_REPAIRABLE),
    )
    async def approve_repair(self, info: Info, input: ApproveRepairInput) -> ApproveRepairResult:
        caller = info.context.as_desk()
        answers = info.context.services.repair_answers
        case = await answers.approve(caller, local_id(input.id, "RepairCase"), input.revision)
        return ApproveRepairSuccess(repair_case=case)

    @strawberry.mutation(
        description="Desk: send a consent back that another person wrote down; the office is asked again.",
        metadata=refusals(*_DESK, Code.REPAIR_CLOSED),
    )
    async def return_repair(self, info: Info, input: ReturnRepairInput) -> ReturnRepairResult:
        caller = info.context.as_desk()
        answers = info.context.services.repair_answers
        case = await answers.send_back(caller, local_id(input.id, "RepairCase"), input.revision)
        return ReturnRepairSuccess(repair_case=case)
