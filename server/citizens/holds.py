"""What waits after an account was moved: passes and leaving for a day, binding where the move was taken back."""

from __future__ import annotations

from datetime import datetime

from bot.phrases import moment
from schema.types.errors import RefusalCode, Refused
from scoring.dated import Text
from server.citizens.model import CitizenRow


def refuse_held(citizen: CitizenRow, now: datetime) -> None:
    """Refused: HELD, with the minute until which passes and leaving wait."""
    until = citizen.get("held_until")
    if until is not None and now < until:
        raise Refused(RefusalCode.HELD, until=_as_read(until))


def refuse_frozen(citizen: CitizenRow, now: datetime) -> None:
    """Refused: FROZEN, with the minute until which no account is bound."""
    until = citizen.get("frozen_until")
    if until is not None and now < until:
        raise Refused(RefusalCode.FROZEN, until=_as_read(until))


def _as_read(until: datetime) -> Text:
    iso = until.isoformat()
    return Text(zh=moment("zh", iso), en=moment("en", iso))
