"""Consent, optional items, pausing, one's data, and leaving."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.api.citizen import Citizen
from schema.api.context import Info
from schema.api.refusals import (
    CITIZEN,
    PlainRefusal,
    TooManyTriesRefusal,
    refusals,
)
from schema.types.enrolment import Address, Enrolment, OptionalItem
from schema.types.errors import RefusalCode as Code
from schema.types.scalars import Masked


@strawberry.type(description="Everything is ready to be read.")
class ExportMyDataSuccess:
    """Where it is."""

    address: Address


ExportMyDataResult = Annotated[
    ExportMyDataSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("ExportMyDataResult")
]


@strawberry.input(description="A consent text to agree to.")
class GrantConsentInput:
    """The version that the person has read."""

    version: str


@strawberry.type(description="The consent is recorded.")
class GrantConsentSuccess:
    """The enrolment as it is now, and its citizen."""

    enrolment: Enrolment
    citizen: Citizen


GrantConsentResult = Annotated[
    GrantConsentSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("GrantConsentResult")
]


@strawberry.input(description="The text for those who see and correct their records alone, to agree to.")
class LookOnlyInput:
    """The version that the person has read."""

    version: str


@strawberry.type(description="Nothing is computed any more; the account stays.")
class LookOnlySuccess:
    """The score and its history are gone, and passes are good no longer. The enrolment as it is now."""

    enrolment: Enrolment


LookOnlyResult = Annotated[LookOnlySuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("LookOnlyResult")]


@strawberry.type(description="Nothing is computed until it is resumed; passes are good no longer.")
class PauseScoreSuccess:
    """The enrolment as it is now."""

    enrolment: Enrolment


PauseScoreResult = Annotated[
    PauseScoreSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("PauseScoreResult")
]


@strawberry.type(description="The score is computed again, unless the register of residents pauses it as well.")
class ResumeScoreSuccess:
    """The enrolment as it is now."""

    enrolment: Enrolment


ResumeScoreResult = Annotated[
    ResumeScoreSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("ResumeScoreResult")
]


@strawberry.input(description="An optional item to switch.")
class DeclineItemInput:
    """By the code of its rule; `declined` is true for off."""

    rule: str
    declined: bool


@strawberry.type(description="The item is switched; the score followed.")
class DeclineItemSuccess:
    """The item as it is now, and its citizen."""

    optional_item: OptionalItem
    citizen: Citizen


DeclineItemResult = Annotated[
    DeclineItemSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("DeclineItemResult")
]


@strawberry.type(description="Left: computing stopped, passes dead, the data key destroyed.")
class LeaveSuccess:
    """`disputes_withdrawn` counts the open disputes that ended with it."""

    disputes_withdrawn: int


LeaveResult = Annotated[LeaveSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("LeaveResult")]


@strawberry.type(description="The account is no longer linked; the enrolment goes on.")
class UnlinkSuccess:
    """Binding again from any account brings the score back."""

    masked_name: Masked


UnlinkResult = Annotated[UnlinkSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("UnlinkResult")]


@strawberry.type(description="The score is computed again; a person checks what the register says.")
class ObjectToResidenceSuccess:
    """The citizen, whose residence says that they objected."""

    citizen: Citizen


ObjectToResidenceResult = Annotated[
    ObjectToResidenceSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("ObjectToResidenceResult")
]


@strawberry.type
class EnrolmentMutations:
    """From consent to leaving."""

    @strawberry.mutation(
        description="Everything that is held about the citizen, as a page and as JSON.",
        metadata=refusals(*CITIZEN, Code.SCORE_PAUSED),
    )
    async def export_my_data(self, info: Info) -> ExportMyDataResult:
        context = info.context
        return ExportMyDataSuccess(address=await context.services.enrolments.export(context.as_citizen()))

    @strawberry.mutation(
        description="Agree to the text for a score: a newer one, or to take part after seeing the records alone.",
        metadata=refusals(*CITIZEN),
    )
    async def grant_consent(self, info: Info, input: GrantConsentInput) -> GrantConsentResult:
        context = info.context
        caller = context.as_citizen()
        enrolment = await context.services.enrolments.grant(caller, input.version)
        return GrantConsentSuccess(enrolment=enrolment, citizen=Citizen.of(caller.principal))

    @strawberry.mutation(
        description="See and correct one's records alone: the score and its history go, passes die, the account stays.",
        metadata=refusals(*CITIZEN),
    )
    async def look_only(self, info: Info, input: LookOnlyInput) -> LookOnlyResult:
        services, caller = info.context.services, info.context.as_citizen()
        await services.participations.look_only(caller, input.version)
        enrolment = await services.enrolments.enrolment(caller.principal)
        return LookOnlySuccess(enrolment=enrolment)

    @strawberry.mutation(
        description="Pause the score for as long as one wants: nothing is computed, passes die, nothing is erased.",
        metadata=refusals(*CITIZEN, Code.LOOK_ONLY),
    )
    async def pause_score(self, info: Info) -> PauseScoreResult:
        services, caller = info.context.services, info.context.as_citizen()
        await services.participations.pause(caller)
        enrolment = await services.enrolments.enrolment(caller.principal)
        return PauseScoreSuccess(enrolment=enrolment)

    @strawberry.mutation(
        description="Have the score computed again after one's own pause.",
        metadata=refusals(*CITIZEN, Code.LOOK_ONLY),
    )
    async def resume_score(self, info: Info) -> ResumeScoreResult:
        services, caller = info.context.services, info.context.as_citizen()
        await services.participations.resume(caller)
        enrolment = await services.enrolments.enrolment(caller.principal)
        return ResumeScoreSuccess(enrolment=enrolment)

    @strawberry.mutation(
        description="Switch an optional item off or on; the score follows.",
        metadata=refusals(*CITIZEN, Code.NOT_FOUND, Code.NOT_OPTIONAL),
    )
    async def decline_item(self, info: Info, input: DeclineItemInput) -> DeclineItemResult:
        context = info.context
        caller = context.as_citizen()
        item = await context.services.enrolments.decline(caller, input.rule, input.declined)
        return DeclineItemSuccess(optional_item=item, citizen=Citizen.of(caller.principal))

    @strawberry.mutation(
        description="Leave: computing stops, passes die, personal data is erased.",
        metadata=refusals(*CITIZEN, Code.HELD, Code.CONFLICT),
    )
    async def leave(self, info: Info) -> LeaveResult:
        context = info.context
        return LeaveSuccess(disputes_withdrawn=await context.services.enrolments.leave(context.caller))

    @strawberry.mutation(
        description="Unlink this account; the enrolment goes on.",
        metadata=refusals(*CITIZEN, Code.NO_CHANNEL, Code.CONFLICT),
    )
    async def unlink(self, info: Info) -> UnlinkResult:
        context = info.context
        return UnlinkSuccess(masked_name=await context.services.enrolments.unlink(context.caller))

    @strawberry.mutation(
        description="Object to what the register of residents says: the score is computed again, and a person checks.",
        metadata=refusals(*CITIZEN, Code.NOTHING_PAUSED, Code.SCORE_PAUSED),
    )
    async def object_to_residence(self, info: Info) -> ObjectToResidenceResult:
        caller = info.context.as_citizen()
        await info.context.services.residences.object(caller)
        return ObjectToResidenceSuccess(citizen=Citizen.of(caller.principal))
