"""Notices: what Egret tells a person by itself, from an outbox row's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.phrases import day, local, phrase, points


def notice(language: str, kind: str, data: Mapping[str, Any]) -> str:
    """The text of a notice. Raises KeyError for an unknown kind."""
    return KINDS[kind](language, data)


def notice_title(language: str, kind: str) -> str:
    """What a notice is about, in a few words."""
    return phrase(language, f"notice_title.{kind}")


def sms_code(code: str) -> str:
    """The text message that carries a code, in both languages."""
    return phrase("zh", "notice.sms", code=code)


def sms_notice(kind: str) -> str:
    """A text message that tells of something, in both languages."""
    return phrase("zh", f"notice.sms_{kind}")


def sms_waiting(kind: str, url: str) -> str:
    """A text message that says what waits, and where; in both languages, without what it says."""
    titles = {"title": notice_title("zh", kind), "title_en": notice_title("en", kind)}
    return phrase("zh", "notice.sms_waiting", url=url, **titles)


def _account_moved(language: str, _data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.account_moved")


def _move_undone(language: str, _data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.move_undone")


def _bound_elsewhere(language: str, _data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.bound_elsewhere")


def _check_closed(language: str, data: Mapping[str, Any]) -> str:
    if data["kind"] == "residence":
        return phrase(language, "notice.residence_" + data["outcome"])
    what = phrase(language, "check." + data["kind"])
    return phrase(language, "notice.check_" + data["outcome"], what=what)


def _score_changed(language: str, data: Mapping[str, Any]) -> str:
    told = [f"{local(language, reason)} {points(reason['points'])}" for reason in data.get("why", ())]
    why = phrase(language, "notice.because", why=phrase(language, "comma").join(told)) if told else ""
    return phrase(language, "notice.score_changed", value=data["value"], points=points(data["points"]), why=why)


def _dispute_accepted(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.dispute_accepted", number=data["number"], due=day(language, data["due"]))


def _dispute_asked(language: str, data: Mapping[str, Any]) -> str:
    due = day(language, data["due"])
    return phrase(language, "notice.dispute_asked", number=data["number"], question=data["question"], due=due)


def _dispute_extended(language: str, data: Mapping[str, Any]) -> str:
    due = day(language, data["due"])
    return phrase(language, "notice.dispute_extended", number=data["number"], why=data["why"], due=due)


def _dispute_rejected(language: str, data: Mapping[str, Any]) -> str:
    told = phrase(language, "notice.dispute_rejected", number=data["number"], why=data["why"])
    return told if data.get("appealed") else f"{told}\n{phrase(language, 'notice.appeal_once')}"


def _pass_used(language: str, data: Mapping[str, Any]) -> str:
    benefit = data["benefit_en" if language == "en" else "benefit_zh"]
    return phrase(language, "notice.pass_used", benefit=benefit)


def _dispute_decided(language: str, data: Mapping[str, Any]) -> str:
    outcome = phrase(language, "determination." + data["determination"])
    if data["lapsed"]:
        outcome = phrase(language, "status.lapsed")
    return phrase(language, "notice.dispute_decided", number=data["number"], outcome=outcome, value=data["value"])


def _record_arrived(language: str, data: Mapping[str, Any]) -> str:
    what = _named(language, data["records"], data["count"])
    return phrase(language, "notice.record_arrived", count=data["count"], what=what)


def _bill_due(language: str, data: Mapping[str, Any]) -> str:
    lines = [_bill(language, one) for one in data["bills"]]
    if data["count"] > len(lines):
        lines.append(phrase(language, "notice.bills_more", count=data["count"] - len(lines)))
    title = phrase(language, "notice.bill_soon" if data.get("soon") else "notice.bill_arrived")
    return "\n".join([title, *lines, phrase(language, "notice.bill_wrong")])


def _bill(language: str, bill: Mapping[str, Any]) -> str:
    amount = phrase(language, "notice.amount", amount=bill["amount"]) if bill["amount"] else ""
    return phrase(
        language,
        "notice.bill",
        what=local(language, bill),
        amount=amount,
        source=bill["source_en" if language == "en" else "source_zh"],
        starts=day(language, bill["counts_from"]),
        last=day(language, bill["last_day"]),
        points=points(bill["points"]),
    )


def _record_counts(language: str, data: Mapping[str, Any]) -> str:
    bill = data["bill"]
    source = bill["source_en" if language == "en" else "source_zh"]
    return phrase(language, "notice.record_counts", what=local(language, bill), source=source, value=data["value"])


def _benefit_opened(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.benefit_opened", what=_named(language, data["benefits"], data["count"]))


def _appeal_ends(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.appeal_ends", number=data["number"], last=day(language, data["last_day"]))


def _reply_ends(language: str, data: Mapping[str, Any]) -> str:
    due = day(language, data["due"])
    return phrase(language, "notice.reply_ends", number=data["number"], question=data["question"], due=due)


def _acted_for_you(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, f"notice.acted_{data['what']}", number=data["number"])


def _named(language: str, names: Sequence[Mapping[str, str]], count: int) -> str:
    """Names in a row, and how many more there are."""
    told = phrase(language, "comma").join(local(language, name) for name in names)
    return told if count <= len(names) else phrase(language, "notice.and_more", what=told, count=count)


def _score_paused(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, f"notice.score_paused_{data['why']}")


def _score_resumed(language: str, _data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.score_resumed")


KINDS = {
    "record_arrived": _record_arrived,
    "bill_due": _bill_due,
    "record_counts": _record_counts,
    "benefit_opened": _benefit_opened,
    "appeal_ends": _appeal_ends,
    "reply_ends": _reply_ends,
    "acted_for_you": _acted_for_you,
    "score_paused": _score_paused,
    "score_resumed": _score_resumed,
    "score_changed": _score_changed,
    "pass_used": _pass_used,
    "dispute_accepted": _dispute_accepted,
    "dispute_asked": _dispute_asked,
    "dispute_decided": _dispute_decided,
    "dispute_extended": _dispute_extended,
    "dispute_rejected": _dispute_rejected,
    "account_moved": _account_moved,
    "move_undone": _move_undone,
    "bound_elsewhere": _bound_elsewhere,
    "check_closed": _check_closed,
}
