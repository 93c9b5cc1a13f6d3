"""Binding an identity, and moving it to another account."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from schema.api.context import Info
from schema.api.refusals import (
    CONTACT,
    CodeWrongRefusal,
    PlainRefusal,
    SecondAccountRefusal,
    TooManyTriesRefusal,
    refusals,
)
from schema.types.enrolment import Address, BindingAttempt, IdentityField
from schema.types.errors import RefusalCode as Code
from schema.types.scalars import Masked

_NAME = (Code.NAME_INVALID,)
_ID_NUMBER = (
    Code.ID_LENGTH,
    Code.ID_FIFTEEN,
    Code.ID_CHARACTERS,
    Code.ID_PERMANENT_RESIDENCE,
    Code.ID_REGION,
    Code.ID_NATIONALITY,
    Code.ID_BIRTH_DATE,
    Code.ID_CHECK_DIGIT,
    Code.UNDER_AGE,
)
_IDENTITY = (*_NAME, *_ID_NUMBER, Code.PHONE_INVALID)


@strawberry.input(description="A part of an identity to check by its form.")
class CheckIdentityInput:
    """Nothing is looked up."""

    field: IdentityField
    value: str


@strawberry.type(description="The form of the value is right.")
class CheckIdentitySuccess:
    """`masked` is how it may be shown."""

    masked: Masked


CheckIdentityResult = Annotated[CheckIdentitySuccess | PlainRefusal, strawberry.union("CheckIdentityResult")]


@strawberry.input(description="An identity to bind to the account that asks.")
class StartBindingInput:
    """`consent_version` is the text the person agreed to."""

    consent_version: str
    name: str | None = None
    id_number: str | None = None
    phone: str


@strawberry.type(description="A code was sent to the phone.")
class StartBindingSuccess:
    """The code is good for five minutes and five tries."""

    attempt: BindingAttempt


StartBindingResult = Annotated[
    StartBindingSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("StartBindingResult")
]


@strawberry.input(description="An attempt to send a new code for.")
class ResendCodeInput:
    """The attempt that was started."""

    attempt: strawberry.ID


@strawberry.type(description="A new code was sent to the phone.")
class ResendCodeSuccess:
    """The code is good for five minutes and five tries."""

    attempt: BindingAttempt


ResendCodeResult = Annotated[
    ResendCodeSuccess | PlainRefusal | TooManyTriesRefusal, strawberry.union("ResendCodeResult")
]


@strawberry.input(description="The code that was sent for an attempt.")
class ConfirmBindingInput:
    """The newest code counts."""

    attempt: strawberry.ID
    code: str


@strawberry.type(description="The identity is bound and the consent recorded.")
class ConfirmBindingSuccess:
    """From now on `me` is this citizen."""

    masked_name: Masked
    consent_version: str


ConfirmBindingResult = Annotated[
    ConfirmBindingSuccess | PlainRefusal | TooManyTriesRefusal | CodeWrongRefusal | SecondAccountRefusal,
    strawberry.union("ConfirmBindingResult"),
]


@strawberry.input(description="An attempt whose code was right, of a citizen who is bound on another account.")
class MoveAccountInput:
    """The attempt that `confirmBinding` refused with SECOND_ACCOUNT."""

    attempt: str


@strawberry.type(description="The citizen is bound here, and no longer on the other account.")
class MoveAccountSuccess:
    """That account and the phone are told; until `held_until` passes and leaving wait."""

    masked_name: Masked
    held_until: datetime


MoveAccountResult = Annotated[MoveAccountSuccess | PlainRefusal, strawberry.union("MoveAccountResult")]


@strawberry.type(
    description="The citizen is bound on this account again, or the sign-in has ended; a person at the desk looks into "
    "it."
)
class UndoMoveSuccess:
    """Until `frozen_until` no other account can be bound."""

    frozen_until: datetime


UndoMoveResult = Annotated[UndoMoveSuccess | PlainRefusal, strawberry.union("UndoMoveResult")]


@strawberry.type(description="A page is open to bind on.")
class OpenBindingFormSuccess:
    """Where it is."""

    address: Address


OpenBindingFormResult = Annotated[OpenBindingFormSuccess | PlainRefusal, strawberry.union("OpenBindingFormResult")]


@strawberry.type
class BindingMutations:
    """From a name to a bound account."""

    @strawberry.mutation(
        description="Whether a part of an identity has the right form; looks nothing up and changes nothing. "
        "A mutation, so that what is typed can never be part of a URL.",
        metadata=refusals(*_IDENTITY),
    )
    def check_identity(self, info: Info, input: CheckIdentityInput) -> CheckIdentityResult:
        return CheckIdentitySuccess(masked=info.context.services.bindings.check(input.field, input.value))

    @strawberry.mutation(
        description="Check an identity against the register and send a code.",
        metadata=refusals(
            *CONTACT,
            *_IDENTITY,
            Code.BAD_INPUT,
            Code.CONSENT_OUTDATED,
            Code.REGISTER_MISMATCH,
            Code.REGISTER_NOT_NOW,
            Code.NUMBER_SHARED,
            Code.RESIDENCE_ENDED,
            Code.ALREADY_BOUND,
            Code.TOO_MANY_TRIES,
        ),
    )
    async def start_binding(self, info: Info, input: StartBindingInput) -> StartBindingResult:
        context = info.context
        given = (input.consent_version, input.name, input.id_number, input.phone)
        return StartBindingSuccess(attempt=await context.services.bindings.start(context.caller, *given))

    @strawberry.mutation(
        description="Send a new code for the same attempt.",
        metadata=refusals(*CONTACT, Code.CODE_EXPIRED, Code.TOO_MANY_TRIES),
    )
    async def resend_code(self, info: Info, input: ResendCodeInput) -> ResendCodeResult:
        context = info.context
        return ResendCodeSuccess(attempt=await context.services.bindings.resend(context.caller, input.attempt))

    @strawberry.mutation(
        description="Confirm the code: binds the identity and records the consent.",
        metadata=refusals(
            *CONTACT,
            Code.ALREADY_BOUND,
            Code.SECOND_ACCOUNT,
            Code.NAME_CHANGED,
            Code.FROZEN,
            Code.CODE_WRONG,
            Code.CODE_UNREADABLE,
            Code.CODE_EXPIRED,
            Code.CONSENT_OUTDATED,
            Code.CONFLICT,
            Code.TOO_MANY_TRIES,
        ),
    )
    async def confirm_binding(self, info: Info, input: ConfirmBindingInput) -> ConfirmBindingResult:
        context = info.context
        name, version = await context.services.bindings.confirm(context.caller, input.attempt, input.code)
        return ConfirmBindingSuccess(masked_name=name, consent_version=version)

    @strawberry.mutation(
        description="Move the citizen here from the account that they are bound on; it and the phone are told at once.",
        metadata=refusals(
            *CONTACT, Code.ALREADY_BOUND, Code.CODE_EXPIRED, Code.NAME_CHANGED, Code.FROZEN, Code.CONFLICT
        ),
    )
    async def move_account(self, info: Info, input: MoveAccountInput) -> MoveAccountResult:
        context = info.context
        name, held_until = await context.services.moves.move(context.caller, input.attempt)
        return MoveAccountSuccess(masked_name=name, held_until=held_until)

    @strawberry.mutation(
        description="This was not me: take the last move away from this account back or, where there was none, end the "
        "newest sign-in that was told as new, and take its account off me. No account is bound for a week.",
        metadata=refusals(*CONTACT, Code.NOTHING_MOVED, Code.CONFLICT),
    )
    async def undo_move(self, info: Info) -> UndoMoveResult:
        context = info.context
        return UndoMoveSuccess(frozen_until=await context.services.moves.undo(context.caller))

    @strawberry.mutation(
        description="A page to bind on, so that the identity need not be typed into the chat; good once.",
        metadata=refusals(*CONTACT, Code.ALREADY_BOUND),
    )
    async def open_binding_form(self, info: Info) -> OpenBindingFormResult:
        context = info.context
        return OpenBindingFormSuccess(address=await context.services.bindings.form(context.caller))
