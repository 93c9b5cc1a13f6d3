"""What the desk does with a case. Each answers with the case as it is afterwards.

`revision` is the one that was looked at: where there is a newer one, nothing is done, and the answer is CONFLICT.
"""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.api.context import Info
from schema.api.refusals import DESK, WORDS, PlainRefusal, WordsTooLongRefusal, refusals
from schema.types.connection import local_id
from schema.types.dispute import Case
from schema.types.errors import RefusalCode as Code
from scoring.disputes import Determination, DisputeReason, Finding


@strawberry.type
class CasePayload:
    """A case as it is now."""

    case: Case


@strawberry.input(description="A case to take.")
class ClaimCaseInput:
    """By its id."""

    id: strawberry.ID


@strawberry.type(description="The case is yours.")
class ClaimCaseSuccess(CasePayload):
    """The case as it is now."""


ClaimCaseResult = Annotated[ClaimCaseSuccess | PlainRefusal, strawberry.union("ClaimCaseResult")]


@strawberry.input(description="A case to give back.")
class ReleaseCaseInput:
    """By its id."""

    id: strawberry.ID


@strawberry.type(description="The case is back in the queue.")
class ReleaseCaseSuccess(CasePayload):
    """The case as it is now."""


ReleaseCaseResult = Annotated[ReleaseCaseSuccess | PlainRefusal, strawberry.union("ReleaseCaseResult")]


@strawberry.input(description="A case to take from its holder, and why.")
class TakeOverCaseInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int
    explanation: str


@strawberry.type(description="The case is yours.")
class TakeOverCaseSuccess(CasePayload):
    """The case as it is now."""


TakeOverCaseResult = Annotated[
    TakeOverCaseSuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("TakeOverCaseResult")
]


@strawberry.input(description="The finer reason of a dispute about a record.")
class RefineReasonInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int
    reason: DisputeReason


@strawberry.type(description="The reason is on record, next to the citizen's own.")
class RefineReasonSuccess(CasePayload):
    """The case as it is now."""


RefineReasonResult = Annotated[RefineReasonSuccess | PlainRefusal, strawberry.union("RefineReasonResult")]


@strawberry.input(description="A note for colleagues.")
class AddNoteInput:
    """By its id."""

    id: strawberry.ID
    text: str


@strawberry.type(description="The note is there.")
class AddNoteSuccess(CasePayload):
    """The case as it is now."""


AddNoteResult = Annotated[AddNoteSuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("AddNoteResult")]


@strawberry.input(description="A question to the citizen.")
class AskCitizenInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int
    question: str


@strawberry.type(description="The citizen is asked.")
class AskCitizenSuccess(CasePayload):
    """The case as it is now."""


AskCitizenResult = Annotated[
    AskCitizenSuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("AskCitizenResult")
]


@strawberry.input(description="A question to the reporting entity.")
class AskSourceInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int
    question: str


@strawberry.type(description="The reporting entity is asked.")
class AskSourceSuccess(CasePayload):
    """The case as it is now."""


AskSourceResult = Annotated[AskSourceSuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("AskSourceResult")]


@strawberry.input(description="What the reporting entity said by telephone.")
class LogSourceCallInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int
    spoke_with: str
    finding: Finding
    words: str


@strawberry.type(description="The call is on record.")
class LogSourceCallSuccess(CasePayload):
    """The case as it is now."""


LogSourceCallResult = Annotated[
    LogSourceCallSuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("LogSourceCallResult")
]


@strawberry.input(description="The one extension of a deadline, and why.")
class ExtendCaseInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int
    explanation: str


@strawberry.type(description="The deadline is extended.")
class ExtendCaseSuccess(CasePayload):
    """The case as it is now."""


ExtendCaseResult = Annotated[
    ExtendCaseSuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("ExtendCaseResult")
]


@strawberry.input(description="What is no dispute, and why.")
class RejectCaseInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int
    explanation: str


@strawberry.type(description="The case is closed.")
class RejectCaseSuccess(CasePayload):
    """The case as it is now."""


RejectCaseResult = Annotated[
    RejectCaseSuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("RejectCaseResult")
]


@strawberry.input(description="A decision on a case that the agent holds.")
class DecideCaseInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int
    determination: Determination
    explanation: str


@strawberry.type(description="The case is decided, or waits for a second person.")
class DecideCaseSuccess(CasePayload):
    """The case as it is now."""


DecideCaseResult = Annotated[
    DecideCaseSuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("DecideCaseResult")
]


@strawberry.input(description="A proposal to approve, with the outcome that was read.")
class ApproveCaseInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int
    determination: Determination


@strawberry.type(description="The case is decided.")
class ApproveCaseSuccess(CasePayload):
    """The case as it is now."""


ApproveCaseResult = Annotated[ApproveCaseSuccess | PlainRefusal, strawberry.union("ApproveCaseResult")]


@strawberry.input(description="A proposal to send back, and why.")
class ReturnCaseInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int
    explanation: str


@strawberry.type(description="The case is with its holder again.")
class ReturnCaseSuccess(CasePayload):
    """The case as it is now."""


ReturnCaseResult = Annotated[
    ReturnCaseSuccess | PlainRefusal | WordsTooLongRefusal, strawberry.union("ReturnCaseResult")
]


@strawberry.input(description="A proposal of one's own to take back.")
class RetractProposalInput:
    """By its id and the revision that was read."""

    id: strawberry.ID
    revision: int


@strawberry.type(description="Nothing is proposed any more; the case is with its holder.")
class RetractProposalSuccess(CasePayload):
    """The case as it is now."""


RetractProposalResult = Annotated[RetractProposalSuccess | PlainRefusal, strawberry.union("RetractProposalResult")]


@strawberry.type
class DeskMutations:
    """A case from claiming to the decision."""

    @strawberry.mutation(description="Desk: take a case.", metadata=refusals(*DESK))
    async def claim_case(self, info: Info, input: ClaimCaseInput) -> ClaimCaseResult:
        context = info.context
        case = local_id(input.id, "Case")
        return ClaimCaseSuccess(case=await context.services.desk.claim(context.as_desk(), case))

    @strawberry.mutation(description="Desk: give a case back to the queue.", metadata=refusals(*DESK))
    async def release_case(self, info: Info, input: ReleaseCaseInput) -> ReleaseCaseResult:
        context = info.context
        case = local_id(input.id, "Case")
        return ReleaseCaseSuccess(case=await context.services.desk.release(context.as_desk(), case))

    @strawberry.mutation(
        description="Desk: take a case from its holder; the explanation is on record.", metadata=refusals(*DESK, *WORDS)
    )
    async def take_over_case(self, info: Info, input: TakeOverCaseInput) -> TakeOverCaseResult:
        context = info.context
        case = local_id(input.id, "Case")
        return TakeOverCaseSuccess(
            case=await context.services.desk.take_over(context.as_desk(), case, input.revision, input.explanation)
        )

    @strawberry.mutation(
        description="Desk: say more exactly what is wrong with a record than its citizen did.",
        metadata=refusals(*DESK, Code.NOT_FOR_TOPIC),
    )
    async def refine_reason(self, info: Info, input: RefineReasonInput) -> RefineReasonResult:
        context = info.context
        case = local_id(input.id, "Case")
        return RefineReasonSuccess(
            case=await context.services.desk.refine(context.as_desk(), case, input.revision, input.reason)
        )

    @strawberry.mutation(
        description="Desk: leave a note for colleagues. No citizen reads it.", metadata=refusals(*DESK, *WORDS)
    )
    async def add_note(self, info: Info, input: AddNoteInput) -> AddNoteResult:
        context = info.context
        case = local_id(input.id, "Case")
        return AddNoteSuccess(case=await context.services.desk.note(context.as_desk(), case, input.text))

    @strawberry.mutation(
        description="Desk: ask the citizen for more; the deadline stays.",
        metadata=refusals(*DESK, *WORDS, Code.DEADLINE_PASSED),
    )
    async def ask_citizen(self, info: Info, input: AskCitizenInput) -> AskCitizenResult:
        context = info.context
        case = local_id(input.id, "Case")
        return AskCitizenSuccess(
            case=await context.services.desk.ask_citizen(context.as_desk(), case, input.revision, input.question)
        )

    @strawberry.mutation(
        description="Desk: ask the reporting entity about its record; the deadline stays.",
        metadata=refusals(*DESK, *WORDS, Code.NOT_FOR_TOPIC, Code.DEADLINE_PASSED),
    )
    async def ask_source(self, info: Info, input: AskSourceInput) -> AskSourceResult:
        context = info.context
        case = local_id(input.id, "Case")
        return AskSourceSuccess(
            case=await context.services.desk.ask_source(context.as_desk(), case, input.revision, input.question)
        )

    @strawberry.mutation(
        description="Desk: log what the reporting entity said by telephone, and who said it.",
        metadata=refusals(*DESK, *WORDS, Code.NOT_FOR_TOPIC, Code.DEADLINE_PASSED),
    )
    async def log_source_call(self, info: Info, input: LogSourceCallInput) -> LogSourceCallResult:
        context = info.context
        case = local_id(input.id, "Case")
        return LogSourceCallSuccess(
            case=await context.services.desk.log_call(
                context.as_desk(), case, input.revision, input.spoke_with, input.finding, input.words
            )
        )

    @strawberry.mutation(
        description="Desk: the one extension of the deadline; the citizen is told why.",
        metadata=refusals(*DESK, *WORDS, Code.EXTENDED_ALREADY, Code.DEADLINE_PASSED),
    )
    async def extend_case(self, info: Info, input: ExtendCaseInput) -> ExtendCaseResult:
        context = info.context
        case = local_id(input.id, "Case")
        return ExtendCaseSuccess(
            case=await context.services.desk.extend(context.as_desk(), case, input.revision, input.explanation)
        )

    @strawberry.mutation(
        description="Desk: close what is no dispute, with reasons. The citizen can appeal.",
        metadata=refusals(*DESK, *WORDS, Code.DEADLINE_PASSED),
    )
    async def reject_case(self, info: Info, input: RejectCaseInput) -> RejectCaseResult:
        context = info.context
        case = local_id(input.id, "Case")
        return RejectCaseSuccess(
            case=await context.services.desk.reject(context.as_desk(), case, input.revision, input.explanation)
        )

    @strawberry.mutation(
        description="Desk: decide; a change of the record waits for a second person.",
        metadata=refusals(*DESK, *WORDS, Code.NOT_FOR_TOPIC, Code.DEADLINE_PASSED),
    )
    async def decide_case(self, info: Info, input: DecideCaseInput) -> DecideCaseResult:
        context = info.context
        case = local_id(input.id, "Case")
        return DecideCaseSuccess(
            case=await context.services.desk.decide(
                context.as_desk(), case, input.revision, input.determination, input.explanation
            )
        )

    @strawberry.mutation(
        description="Desk: approve the proposal of another person, naming the outcome it approves.",
        metadata=refusals(*DESK, Code.OUTCOME_CHANGED, Code.DEADLINE_PASSED),
    )
    async def approve_case(self, info: Info, input: ApproveCaseInput) -> ApproveCaseResult:
        context = info.context
        case = local_id(input.id, "Case")
        return ApproveCaseSuccess(
            case=await context.services.desk.approve(context.as_desk(), case, input.revision, input.determination)
        )

    @strawberry.mutation(
        description="Desk: return a proposal to its holder with an explanation.",
        metadata=refusals(*DESK, *WORDS, Code.DEADLINE_PASSED),
    )
    async def return_case(self, info: Info, input: ReturnCaseInput) -> ReturnCaseResult:
        context = info.context
        case = local_id(input.id, "Case")
        return ReturnCaseSuccess(
            case=await context.services.desk.send_back(context.as_desk(), case, input.revision, input.explanation)
        )

    @strawberry.mutation(
        description="Desk: take one's own proposal back, as long as no one has approved it.",
        metadata=refusals(*DESK),
    )
    async def retract_proposal(self, info: Info, input: RetractProposalInput) -> RetractProposalResult:
        context = info.context
        case = local_id(input.id, "Case")
        return RetractProposalSuccess(case=await context.services.desk.retract(context.as_desk(), case, input.revision))
