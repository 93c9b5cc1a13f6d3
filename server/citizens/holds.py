"""What waits after an account was moved: passes and leaving for a day, binding where the move was taken back."""

from __future__ import annotations

from datetime import datetime

from schema.types.errors import RefusalCode, Refused
from server.citizens.model import CitizenRow
from server.platform.kit.clock import SHANGHAI


def refuse_held(citizen: CitizenRow, now: datetime) -> None:
    """Refused: HELD, with the minute until which passes and leaving wait."""
    until = citizen.get("held_until")
    if until is not None and now < until:
        raise Refused(RefusalCode.HELD, until=minute_of(until))


def refuse_frozen(citizen: CitizenRow, now: datetime) -> None:
    """Refused: FROZEN, with the minute until which no account is bound."""
    until = citizen.get("frozen_until")
    if until is not None and now < until:
        raise Refused(RefusalCode.FROZEN, until=minute_of(until))


def minute_of(moment: datetime) -> str:
    """A moment as people read it in Shanghai, such as 2026-11-30 15:04."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
