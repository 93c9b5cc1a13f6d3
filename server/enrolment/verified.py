"""Name and ID number where the provider of a session has verified them: neither is asked again."""

from __future__ import annotations

from datetime import date

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal
from schema.types.scalars import Masked
from schema.types.sign_in import VerifiedIdentityView
from scoring import identity
from scoring.dated import Text
from scoring.identity import InvalidIdentityError

_NOT_VERIFIED = Text(
    zh="请填写姓名和证件号码；或重新登录，由登录平台提供。",
    en="Please enter your name and document number, or sign in again so that your provider gives them.",
)


def shown(actor: Principal, today: date) -> VerifiedIdentityView | None:
    """As it may be shown; None where nothing is verified, or it is no one to bind."""
    person = _verified(actor, today)
    if person is None:
        return None
    name, id_number = identity.mask_name(person[0]), identity.mask_id_number(person[1])
    return VerifiedIdentityView(masked_name=Masked(name), masked_id_number=Masked(id_number))


def known_or_typed(actor: Principal, name: str | None, id_number: str | None, today: date) -> tuple[str, str]:
    """What is verified, whatever was typed; else what was typed. Refused: BAD_INPUT where that is not there."""
    name, id_number = _verified(actor, today) or (name, id_number)
    if name is None or id_number is None:
        raise Refused(RefusalCode.BAD_INPUT, field="name" if name is None else "idNumber", message=_NOT_VERIFIED)
    return name, id_number


def _verified(actor: Principal, today: date) -> tuple[str, str] | None:
    if actor.verified is None:
        return None
    name, id_number = actor.verified.name, actor.verified.id_number
    try:
        return identity.parse_name(name), identity.parse_adult_id_number(id_number, on=today)
    except InvalidIdentityError:
        return None
