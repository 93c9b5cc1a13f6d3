"""What a person chose about notices, and until when one waits for that."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.citizens.model import CitizenRow, NoticeChoicesRow
from server.notices.kinds import NoticeKind
from server.platform.kit.clock import SHANGHAI

QUIET = (22, 8)
"""The hours from which and until which nothing comes that may wait, for who has chosen no others."""
_DIGEST_HOUR = 8
_DAY = timedelta(days=1)


def choices_of(citizen: CitizenRow) -> NoticeChoicesRow:
    """What a citizen chose, or what holds for who has not."""
    return citizen.get("notice_choices") or {"off": [], "quiet": list(QUIET), "digest": False}


def is_off(name: str, kind: NoticeKind, chosen: NoticeChoicesRow) -> bool:
    """Whether a person wants no notices of a kind; what is required cannot be switched off."""
    return not kind.required and name in chosen["off"]


def held_until(kind: NoticeKind, chosen: NoticeChoicesRow, created: datetime, now: datetime) -> datetime | None:
    """Until when a notice waits: for the day's digest, or for the end of the quiet hours; None where it goes now."""
    if not kind.may_wait:
        return None
    begin, end = chosen["quiet"]
    if chosen["digest"]:
        due = _next(end if begin != end else _DIGEST_HOUR, created)
        if now < due:
            return due
    return _next(end, now) if _is_quiet(now, begin, end) else None


def _is_quiet(now: datetime, begin: int, end: int) -> bool:
    hour = now.astimezone(SHANGHAI).hour
    if begin <= end:
        return begin <= hour < end
    return hour >= begin or hour < end


def _next(hour: int, after: datetime) -> datetime:
    """The next moment at which that hour begins in Shanghai."""
    local = after.astimezone(SHANGHAI)
    found = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return found if found > local else found + _DAY
