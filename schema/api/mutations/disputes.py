"""Disputes of the citizen who asks, and the evidence for them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from schema.api.citizen import Citizen
from schema.api.context import Info
from schema.api.refusals import (
    CITIZEN,
    WORDS,
    DisputeDecidedRefusal,
    DisputeOpenRefusal,
    NotNowRefusal,
    PlainRefusal,
    TooManyPhotosRefusal,
    TooManyTriesRefusal,
    WordsTooLongRefusal,
    refusals,
)
from schema.types.complaint import (
    Complaint,
    DataError,
    MissingRecord,
    RefusedPass,
    RefusedSignIn,
    ServiceRating,
    WrongComputation,
)
from schema.types.connection import Edge, local_id
from schema.types.dispute import CreditRecord, Dispute
from schema.types.errors import RefusalCode as Code
from schema.types.errors import Refused
from schema.types.evidence import Evidence, EvidenceForm, EvidenceUpload
from schema.types.principal import Principal
from scoring.disputes import DataAspect, DisputeReason

_PHOTOS = (Code.NOT_FOUND, Code.TOO_MANY_PHOTOS)


@strawberry.type
class DisputePayload:
    """A dispute as it is now, with all that a cache needs to follow."""

    dispute: Dispute
    principal: strawberry.Private[Principal]

    @strawberry.field(description="The dispute as an item of `Citizen.disputes`.")
    def dispute_edge(self) -> Edge[Dispute]:
        return Edge(node=self.dispute, key=self.dispute.filed_at.isoformat())

    @strawberry.field(description="The record that it is about; null where it is gone.")
    async def record(self, info: Info) -> CreditRecord | None:
        key = self.dispute.record_key
        return None if key is None else await info.context.loading.record(key)

    @strawberry.field(description="The citizen whose it is; the score followed.")
    def citizen(self) -> Citizen:
        return Citizen.of(self.principal)


@strawberry.input(description="A dispute to file.")
class OpenDisputeInput:
    """`words` are the citizen's own, at most 500 characters; `evidence` at most ten photos."""

    record_id: strawberry.ID
    reason: DisputeReason
    words: str
    evidence: list[strawberry.ID] = strawberry.field(default_factory=list)


@strawberry.type(description="The dispute is filed; the record is neutral.")
class OpenDisputeSuccess(DisputePayload):
    """What was filed."""


OpenDisputeResult = Annotated[
    OpenDisputeSuccess
    | PlainRefusal
    | TooManyTriesRefusal
    | DisputeOpenRefusal
    | DisputeDecidedRefusal
    | WordsTooLongRefusal
    | TooManyPhotosRefusal,
    strawberry.union("OpenDisputeResult"),
]


@strawberry.input(description="A record that is missing.")
class MissingRecordInput:
    """`source` is the code of a source or of its entity; `rule` is null where no rule names it."""

    source: str
    rule: str | None = None
    day: date


@strawberry.input(description="Data about the citizen that is wrong.")
class DataErrorInput:
    """Where one lives has an objection of its own: `objectToResidence`."""

    aspect: DataAspect


@strawberry.input(description="A score that does not add up.")
class WrongComputationInput:
    """The desk sees the statement of that day, and what the engine makes of it."""

    day: date


@strawberry.input(description="A pass that a partner did not take.")
class RefusedPassInput:
    """`benefit` is its code; `partner` is where it was, in words."""

    benefit: str
    partner: str
    day: date


@strawberry.input(description="A sign-in or a binding that was refused.")
class RefusedSignInInput:
    """By a citizen who is bound; an account that is not bound uses `reportSignIn`."""

    day: date


@strawberry.input(description="How well one was served: 1 is poor, 5 is very good.")
class ServiceRatingInput:
    """`dispute` is the case that was handled, or null. A rating of 1 or 2 gets an answer."""

    rating: int
    dispute: strawberry.ID | None = None


@strawberry.input(description="What a complaint is about: give exactly one of the fields.", one_of=True)
class ComplaintSubjectInput:
    """One thing at a time."""

    missing_record: strawberry.Maybe[MissingRecordInput]
    data: strawberry.Maybe[DataErrorInput]
    computation: strawberry.Maybe[WrongComputationInput]
    refused_pass: strawberry.Maybe[RefusedPassInput]
    sign_in: strawberry.Maybe[RefusedSignInInput]
    service: strawberry.Maybe[ServiceRatingInput]


@strawberry.input(description="A complaint to file, about anything but a record that is there.")
class OpenComplaintInput:
    """`words` are the citizen's own, at most 500 characters; `evidence` at most ten photos."""

    subject: ComplaintSubjectInput
    words: str
    evidence: list[strawberry.ID] = strawberry.field(default_factory=list)


@strawberry.type(description="The complaint is filed; it is answered like a dispute.")
class OpenComplaintSuccess(DisputePayload):
    """What was filed."""


OpenComplaintResult = Annotated[
    OpenComplaintSuccess | PlainRefusal | TooManyTriesRefusal | WordsTooLongRefusal | TooManyPhotosRefusal,
    strawberry.union("OpenComplaintResult"),
]


@strawberry.input(description="An answer to the desk's question.")
class SupplyDisputeInput:
    """With photos, where there are any."""

    id: strawberry.ID
    words: str
    evidence: list[strawberry.ID] = strawberry.field(default_factory=list)


@strawberry.type(description="The answer is with the desk.")
class SupplyDisputeSuccess(DisputePayload):
    """What was answered."""


SupplyDisputeResult = Annotated[
    SupplyDisputeSuccess | PlainRefusal | TooManyTriesRefusal | WordsTooLongRefusal | TooManyPhotosRefusal,
    strawberry.union("SupplyDisputeResult"),
]


@strawberry.input(description="A decision to have looked at again.")
class AppealDisputeInput:
    """Once, within thirty days."""

    id: strawberry.ID
    words: str


@strawberry.type(description="Others look at it again; the record is neutral.")
class AppealDisputeSuccess(DisputePayload):
    """What was appealed."""


AppealDisputeResult = Annotated[
    AppealDisputeSuccess | PlainRefusal | TooManyTriesRefusal | WordsTooLongRefusal,
    strawberry.union("AppealDisputeResult"),
]


@strawberry.input(description="A dispute to take back.")
class WithdrawDisputeInput:
    """While it is open."""

    id: strawberry.ID


@strawberry.type(description="The dispute is taken back; the record counts again.")
class WithdrawDisputeSuccess(DisputePayload):
    """What was withdrawn."""


WithdrawDisputeResult = Annotated[
    WithdrawDisputeSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("WithdrawDisputeResult")
]


@strawberry.type(description="An address is open to send one file to.")
class OpenEvidenceUploadSuccess:
    """Where it is, and for how long."""

    upload: EvidenceUpload


OpenEvidenceUploadResult = Annotated[
    OpenEvidenceUploadSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("OpenEvidenceUploadResult")
]


@strawberry.type(description="A page is open to put files on.")
class OpenEvidenceFormSuccess:
    """Where it is, and for how long."""

    form: EvidenceForm


OpenEvidenceFormResult = Annotated[
    OpenEvidenceFormSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("OpenEvidenceFormResult")
]


@strawberry.input(description="A photo that was sent to the chat.")
class KeepPhotoInput:
    """By the id that the platform gave it."""

    media_id: str


@strawberry.type(description="The photo is kept.")
class KeepPhotoSuccess:
    """It waits for a dispute."""

    evidence: Evidence


KeepPhotoResult = Annotated[
    KeepPhotoSuccess | PlainRefusal | TooManyTriesRefusal | NotNowRefusal | TooManyPhotosRefusal,
    strawberry.union("KeepPhotoResult"),
]


@strawberry.type
class DisputeMutations:
    """What a citizen does about a record."""

    @strawberry.mutation(
        description="File a dispute; the record is neutral from now on.",
        metadata=refusals(
            *CITIZEN,
            *_PHOTOS,
            *WORDS,
            Code.DISPUTE_OPEN,
            Code.DISPUTE_DECIDED,
            Code.DISPUTE_WITHDRAWN_OFTEN,
            Code.CONFLICT,
        ),
    )
    async def open_dispute(self, info: Info, input: OpenDisputeInput) -> OpenDisputeResult:
        context = info.context
        caller = context.as_citizen()
        record = local_id(input.record_id, "CreditRecord")
        photos = _photos(input.evidence)
        filed = await context.services.disputes.open(caller, record, input.reason, input.words, photos)
        return OpenDisputeSuccess(dispute=filed, principal=caller.principal)

    @strawberry.mutation(
        description="File about a missing record, wrong data, the computation, a refused pass or sign-in, the service.",
        metadata=refusals(
            *CITIZEN,
            *_PHOTOS,
            *WORDS,
            Code.BAD_INPUT,
            Code.DAY_NOT_PAST,
            Code.COMPLAINT_OPEN,
            Code.COMPLAINTS_TOO_MANY,
            Code.RATED_ALREADY,
            Code.CONFLICT,
        ),
    )
    async def open_complaint(self, info: Info, input: OpenComplaintInput) -> OpenComplaintResult:
        context = info.context
        caller = context.as_citizen()
        complaint = _complaint(input.subject)
        filed = await context.services.disputes.complain(caller, complaint, input.words, _photos(input.evidence))
        return OpenComplaintSuccess(dispute=filed, principal=caller.principal)

    @strawberry.mutation(
        description="Answer the desk's question about a dispute.",
        metadata=refusals(
            *CITIZEN, *_PHOTOS, *WORDS, Code.NOTHING_ASKED, Code.DISPUTE_CLOSED, Code.DEADLINE_PASSED, Code.CONFLICT
        ),
    )
    async def supply_dispute(self, info: Info, input: SupplyDisputeInput) -> SupplyDisputeResult:
        context = info.context
        caller = context.as_citizen()
        dispute = local_id(input.id, "Dispute")
        supplied = await context.services.disputes.supply(caller, dispute, input.words, _photos(input.evidence))
        return SupplyDisputeSuccess(dispute=supplied, principal=caller.principal)

    @strawberry.mutation(
        description="Have a decision looked at again, once, by other people.",
        metadata=refusals(*CITIZEN, *WORDS, Code.NOT_FOUND, Code.NO_APPEAL, Code.DISPUTE_CLOSED, Code.CONFLICT),
    )
    async def appeal_dispute(self, info: Info, input: AppealDisputeInput) -> AppealDisputeResult:
        context = info.context
        caller = context.as_citizen()
        appealed = await context.services.disputes.appeal(caller, local_id(input.id, "Dispute"), input.words)
        return AppealDisputeSuccess(dispute=appealed, principal=caller.principal)

    @strawberry.mutation(
        description="Withdraw a dispute; the record counts again.",
        metadata=refusals(*CITIZEN, Code.NOT_FOUND, Code.DISPUTE_CLOSED, Code.DEADLINE_PASSED, Code.CONFLICT),
    )
    async def withdraw_dispute(self, info: Info, input: WithdrawDisputeInput) -> WithdrawDisputeResult:
        context = info.context
        caller = context.as_citizen()
        withdrawn = await context.services.disputes.withdraw(caller, local_id(input.id, "Dispute"))
        return WithdrawDisputeSuccess(dispute=withdrawn, principal=caller.principal)

    @strawberry.mutation(
        description="A one-time address to send one photo or PDF file to, as evidence.", metadata=refusals(*CITIZEN)
    )
    async def open_evidence_upload(self, info: Info) -> OpenEvidenceUploadResult:
        context = info.context
        return OpenEvidenceUploadSuccess(upload=await context.services.evidence.upload(context.as_citizen()))

    @strawberry.mutation(description="A page to put photos and PDF files on, as evidence.", metadata=refusals(*CITIZEN))
    async def open_evidence_form(self, info: Info) -> OpenEvidenceFormResult:
        context = info.context
        return OpenEvidenceFormSuccess(form=await context.services.evidence.form(context.as_citizen()))

    @strawberry.mutation(
        description="In WeChat: keep a photo that was sent to the chat, as evidence.",
        metadata=refusals(
            *CITIZEN,
            Code.PHOTO_GONE,
            Code.PHOTO_NOT_NOW,
            Code.PHOTO_TOO_LARGE,
            Code.PHOTO_NOT_READ,
            Code.PHOTO_UNSAFE,
            Code.TOO_MANY_PHOTOS,
            Code.TOO_MANY_TRIES,
        ),
    )
    async def keep_photo(self, info: Info, input: KeepPhotoInput) -> KeepPhotoResult:
        context = info.context
        kept = await context.services.evidence.keep_photo(context.as_citizen(), input.media_id)
        return KeepPhotoSuccess(evidence=kept)


def _complaint(subject: ComplaintSubjectInput) -> Complaint:
    """What was filled in of the one-of."""
    if subject.missing_record is not None:
        missing = subject.missing_record.value
        return MissingRecord(missing.source, missing.rule, missing.day)
    if subject.data is not None:
        return DataError(subject.data.value.aspect)
    if subject.computation is not None:
        return WrongComputation(subject.computation.value.day)
    if subject.refused_pass is not None:
        refused = subject.refused_pass.value
        return RefusedPass(refused.benefit, refused.partner, refused.day)
    if subject.sign_in is not None:
        return RefusedSignIn(subject.sign_in.value.day)
    if subject.service is None:
        raise Refused(Code.BAD_INPUT, field="subject", detail="one of its fields")
    rated = subject.service.value
    case = None if rated.dispute is None else local_id(rated.dispute, "Dispute")
    return ServiceRating(rated.rating, case)


def _photos(ids: list[strawberry.ID]) -> list[str]:
    return [local_id(photo, "Evidence") for photo in ids]
