"""Refusals as the API answers them: one interface, and a type for each kind that has facts to go with it."""

from __future__ import annotations

import warnings
from datetime import date, datetime
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from schema.api.context import Context, Info
from schema.types.benefit import Benefit
from schema.types.dispute import Dispute
from schema.types.errors import LocalText, RefusalCode, Refused

_A_MINUTE = 60
CODES = "refusal codes"
"""The key of a mutation's metadata that holds the codes it can be refused with."""


@strawberry.interface(description="A request that was refused: what happened, why, and what to do.")
class Refusal:
    """GraphQL form of `Refused`."""

    refused: strawberry.Private[Refused]

    @strawberry.field(description="Why, as a stable code.")
    def refusal_code(self) -> RefusalCode:
        return self.refused.code

    @strawberry.field(description="Why and what to do, as a person reads it.")
    def message(self) -> LocalText:
        return LocalText(zh=self.refused.sentence("zh"), en=self.refused.sentence("en"))

    @strawberry.field(description="The field of the input that it is about; null where it is about none.")
    def input_field(self) -> str | None:
        return self.refused.field


@strawberry.type(description="A refusal with nothing more to say than why.")
class PlainRefusal(Refusal):
    """Every code that has no type of its own."""


@strawberry.type(description="This was tried or done too often.")
class TooManyTriesRefusal(Refusal):
    """TOO_MANY_TRIES, DAILY_LIMIT and TOO_MUCH."""

    @strawberry.field(description="Seconds to wait before another try.")
    def retry_after(self) -> int:
        return self.refused.retry_after or 0


@strawberry.type(description="It does not work just now, for no fault of the person who asks.")
class NotNowRefusal(Refusal):
    """SIGN_IN_NOT_NOW and PHOTO_NOT_NOW."""

    @strawberry.field(description="Seconds to wait before another try.")
    def retry_after(self) -> int:
        return self.refused.retry_after or _A_MINUTE


@strawberry.type(description="The code is not the one that was sent.")
class CodeWrongRefusal(Refusal):
    """CODE_WRONG."""

    @strawberry.field(description="How many tries are left.")
    def tries_left(self) -> int:
        return int(str(self.refused.details["left"]))


@strawberry.type(description="The citizen is bound on another account; `moveAccount` moves them here.")
class SecondAccountRefusal(Refusal):
    """SECOND_ACCOUNT."""

    @strawberry.field(description="The attempt that can be moved.")
    def attempt(self) -> strawberry.ID:
        return strawberry.ID(str(self.refused.details["attempt"]))

    @strawberry.field(description="Until when.")
    def expires_at(self) -> datetime:
        return datetime.fromisoformat(str(self.refused.details["until"]))


@strawberry.type(description="The words are too long.")
class WordsTooLongRefusal(Refusal):
    """WORDS_TOO_LONG."""

    @strawberry.field(description="How many characters there may be.")
    def most_characters(self) -> int:
        return int(str(self.refused.details["most"]))

    @strawberry.field(description="How many there are.")
    def characters(self) -> int:
        return int(str(self.refused.details["length"]))


@strawberry.type(description="There are too many photos, or a file has too many pages.")
class TooManyPhotosRefusal(Refusal):
    """TOO_MANY_PHOTOS."""

    @strawberry.field(description="How many there may be.")
    def most_photos(self) -> int:
        return int(str(self.refused.details["most"]))


@strawberry.type(description="The score is not enough for the benefit; its ordinary route is open to everybody.")
class BenefitNotOpenRefusal(Refusal):
    """BENEFIT_NOT_OPEN."""

    @strawberry.field(description="The benefit, with its ordinary route.")
    def benefit(self, info: Info) -> Benefit:
        return info.context.services.benefits.benefit(str(self.refused.details["benefit"]))


@strawberry.type(description="There is an open dispute about the record already.")
class DisputeOpenRefusal(Refusal):
    """DISPUTE_OPEN."""

    @strawberry.field(description="That dispute.")
    async def dispute(self, info: Info) -> Dispute:
        return await _dispute(info, self.refused)


@strawberry.type(description="The dispute about the record was decided; it can be appealed.")
class DisputeDecidedRefusal(Refusal):
    """DISPUTE_DECIDED."""

    @strawberry.field(description="That dispute.")
    async def dispute(self, info: Info) -> Dispute:
        return await _dispute(info, self.refused)


@strawberry.type(description="The record cannot be repaired yet, or not at all.")
class NotRepairableRefusal(Refusal):
    """NOT_REPAIRABLE."""

    @strawberry.field(description="The first day on which it can be; null where there is none.")
    def earliest(self) -> date | None:
        earliest = str(self.refused.details["earliest"])
        return date.fromisoformat(earliest) if earliest[0].isdigit() else None


async def _dispute(info: Info, refused: Refused) -> Dispute:
    services = info.context.services
    return await services.disputes.one(info.context.as_citizen().principal, str(refused.details["dispute"]))


TYPES: dict[RefusalCode, type[Refusal]] = {
    RefusalCode.TOO_MANY_TRIES: TooManyTriesRefusal,
    RefusalCode.DAILY_LIMIT: TooManyTriesRefusal,
    RefusalCode.TOO_MUCH: TooManyTriesRefusal,
    RefusalCode.SIGN_IN_NOT_NOW: NotNowRefusal,
    RefusalCode.PHOTO_NOT_NOW: NotNowRefusal,
    RefusalCode.CODE_WRONG: CodeWrongRefusal,
    RefusalCode.SECOND_ACCOUNT: SecondAccountRefusal,
    RefusalCode.WORDS_TOO_LONG: WordsTooLongRefusal,
    RefusalCode.TOO_MANY_PHOTOS: TooManyPhotosRefusal,
    RefusalCode.BENEFIT_NOT_OPEN: BenefitNotOpenRefusal,
    RefusalCode.DISPUTE_OPEN: DisputeOpenRefusal,
    RefusalCode.DISPUTE_DECIDED: DisputeDecidedRefusal,
    RefusalCode.NOT_REPAIRABLE: NotRepairableRefusal,
}
"""The type of each code that has facts; every other is a `PlainRefusal`."""

_Code = RefusalCode
KEYED = (_Code.KEY_REUSED, _Code.DAILY_LIMIT)
"""Of every change that is sent with an `Idempotency-Key`, or is done so many times a day at most."""
CITIZEN = (_Code.NOT_SIGNED_IN, _Code.FORBIDDEN, _Code.NOT_ENROLLED, _Code.CONSENT_OUTDATED, *KEYED)
CONTACT = (_Code.NO_CHANNEL, _Code.KEY_REUSED)
SOURCE = (_Code.NOT_SIGNED_IN, _Code.FORBIDDEN, _Code.SCOPE_MISSING, _Code.KEY_REUSED)
WORDS = (_Code.WORDS_NEEDED, _Code.WORDS_TOO_LONG, _Code.WORDS_UNFILLED)
DESK = (
    _Code.NOT_SIGNED_IN,
    _Code.FORBIDDEN,
    _Code.NOT_FOUND,
    _Code.FOUR_EYES,
    _Code.PERSON_UNKNOWN,
    _Code.CONFLICT,
    _Code.DISPUTE_CLOSED,
    _Code.CASE_NOT_HELD,
    _Code.CASE_TAKEN,
    _Code.KEY_REUSED,
)


def type_of(code: RefusalCode) -> type[Refusal]:
    """The type that a code is answered with."""
    return TYPES.get(code, PlainRefusal)


def refusals(*codes: RefusalCode) -> dict[str, Any]:
    """The metadata of a mutation that can be refused with these codes; its description lists them."""
    return {CODES: tuple(dict.fromkeys(codes))}


def _input_fields(field: Any) -> set[str]:
    """The names of a mutation's input, as the schema has them."""
    inputs = [argument.type.__strawberry_definition__ for argument in field.arguments]
    return {to_camel_case(of.python_name) for kind in inputs for of in kind.fields}


class RefusedHandler(strawberry.ExceptionHandler[Refused]):
    """Turns a refusal into a member of the union that the mutation declares."""

    error_type = PlainRefusal

    def handle(self, exception: Refused, *, field: Any, info: Any) -> Refusal:
        if isinstance(info.context, Context):
            info.context.watched.refused.append(exception.code)
        if exception.field is not None and exception.field not in _input_fields(field):
            warnings.warn(f"{field.python_name} has no input {exception.field}", stacklevel=1)
        if exception.code not in field.metadata[CODES]:
            warnings.warn(f"{field.python_name} does not declare {exception.code.value}", stacklevel=1)
            return PlainRefusal(refused=exception)
        return type_of(exception.code)(refused=exception)
