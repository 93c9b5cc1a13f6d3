"""Whether a stored record may be repaired: the one check, whoever asks for it."""

from __future__ import annotations

from datetime import date

from bot.phrases import day
from schema.types.errors import RefusalCode, Refused
from scoring.dated import Text
from scoring.repair import NotRepairableError, RepairRefusal, check_repair
from scoring.scheme import Scheme
from server.records.model import RecordRow

_WHY = {
    RepairRefusal.NOT_ADVERSE: Text(zh="它不是失信记录", en="it is no adverse record"),
    RepairRefusal.NEVER: Text(zh="特别严重的失信记录不能修复", en="the gravest records are never repaired"),
    RepairRefusal.TOO_EARLY: Text(zh="还没到可修复的日子", en="it is too early"),
    RepairRefusal.NOT_DONE: Text(
        zh="办完的日期要在记录发生之后、今天或以前", en="the day it was done is after the record and not after today"
    ),
}


def _as_read(earliest: date) -> Text:
    iso = earliest.isoformat()
    return Text(zh=day("zh", iso), en=day("en", iso))


def refuse_unrepairable(scheme: Scheme, record: RecordRow, done_on: date, today: date) -> None:
    """Refused: NOT_FOUND where the scheme lost its rule; NOT_REPAIRABLE with the earliest day, where there is one."""
    rule = scheme.rules_by_code.get(record["rule"])
    if rule is None:
        raise Refused(RefusalCode.NOT_FOUND)
    try:
        check_repair(rule, date.fromisoformat(record["occurred_on"]), done_on, today)
    except NotRepairableError as error:
        earliest = _as_read(error.earliest) if error.earliest else "—"
        raise Refused(RefusalCode.NOT_REPAIRABLE, reason=_WHY[error.reason], earliest=earliest) from None
