"""Notices: what Egret tells a person by itself, from an outbox row's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.phrases import day, local, moment, phrase, points


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


def _move_undone(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.sign_in_ended" if data.get("what") == "sign_in" else "notice.move_undone")


def _signed_in(language: str, data: Mapping[str, Any]) -> str:
    where = phrase(language, f"notice.channel_{data['channel']}")
    return phrase(language, f"notice.signed_in_{data['new']}", where=where, at=moment(language, data["at"]))


def _bound_elsewhere(language: str, _data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.bound_elsewhere")


def _check_closed(language: str, data: Mapping[str, Any]) -> str:
    if data["kind"] in ("residence", "sign_in"):
        told = phrase(language, f"notice.{data['kind']}_{data['outcome']}")
        words = data.get("words")
        return phrase(language, "notice.sign_in_answer", told=told, words=words) if words else told
    what = phrase(language, "check." + data["kind"])
    if data["kind"] in _ABOUT_RECORDS:
        return phrase(language, _OF_A_RECORD[data["outcome"]], what=what)
    return phrase(language, "notice.check_" + data["outcome"], what=what)


def _check_late(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.check_late", due=day(language, data["due"]))


_ABOUT_RECORDS = ("record_held", "same_event")
_OF_A_RECORD = {"lifted": "notice.record_may_count", "kept": "notice.record_stays_out"}


def _record_held(language: str, data: Mapping[str, Any]) -> str:
    key = "notice.twin_held" if data.get("twin") else "notice.record_held"
    return phrase(language, key, what=local(language, data), on=day(language, data["on"]))


def _same_event(language: str, data: Mapping[str, Any]) -> str:
    told = f"notice.same_event_{data['outcome']}"
    return phrase(language, told, what=local(language, data), on=day(language, data["on"]))


def _record_withdrawn(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.record_withdrawn", what=local(language, data), on=day(language, data["on"]))


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
    told = phrase(
        language, "notice.dispute_rejected", number=data["number"], why=data["why"], score=_score(language, data)
    )
    return "\n".join((told, *_appeal(language, data)))


def _pass_used(language: str, data: Mapping[str, Any]) -> str:
    benefit = data["benefit_en" if language == "en" else "benefit_zh"]
    return phrase(language, "notice.pass_used", benefit=benefit)


def _dispute_decided(language: str, data: Mapping[str, Any]) -> str:
    outcome = phrase(language, "determination." + data["determination"])
    if data["lapsed"]:
        outcome = phrase(language, "status.lapsed")
    score = _score(language, data)
    told = phrase(language, "notice.dispute_decided", number=data["number"], outcome=outcome, score=score)
    return "\n".join((told, *_why(language, data), *_appeal(language, data), phrase(language, "notice.see_status")))


def _score(language: str, data: Mapping[str, Any]) -> str:
    """The score as it is now, where there is one."""
    return "" if data.get("value") is None else phrase(language, "notice.score_now", value=data["value"])


def _why(language: str, data: Mapping[str, Any]) -> list[str]:
    return [phrase(language, "status.why", why=data["why"])] if data.get("why") else []


def _appeal(language: str, data: Mapping[str, Any]) -> list[str]:
    """That it can be appealed, with the last day once that is known: the days run from when it arrives."""
    if not data.get("may_appeal"):
        return []
    last = data.get("appeal_last")
    key = "notice.appeal_once" if last is None else "notice.appeal_until"
    return [phrase(language, key, **({} if last is None else {"last": day(language, last)}))]


def _look(language: str, key: str, data: Mapping[str, Any]) -> str:
    half = "en" if language == "en" else "zh"
    told = {"institution": data[f"institution_{half}"], "purpose": data[f"purpose_{half}"]}
    return phrase(language, key, day=day(language, data["day"]), answer=data.get("answer", ""), **told)


def _look_explained(language: str, data: Mapping[str, Any]) -> str:
    return _look(language, "notice.look_explained", data)


def _look_unanswered(language: str, data: Mapping[str, Any]) -> str:
    return _look(language, "notice.look_unanswered", data)


def _repair_answered(language: str, data: Mapping[str, Any]) -> str:
    known = {
        "number": data["number"],
        "label": local(language, data["label"]),
        "source": local(language, data["source"]),
        "why": data["why"] or "",
        "due": day(language, data["due"]),
    }
    told = phrase(language, f"notice.repair_{data['state']}", **known)
    if data["value"] is None:
        return told
    score = phrase(language, "notice.repair_score", value=data["value"], points=points(data["points"]))
    return f"{told}\n{score}"


def _repair_opens(language: str, data: Mapping[str, Any]) -> str:
    told = {"what": local(language, data), "from_day": day(language, data["from"])}
    return phrase(language, "notice.repair_opens", demand=local(language, data["demand"]), **told)


def _complaint_accepted(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.complaint_accepted", number=data["number"], due=day(language, data["due"]))


def _complaint_answered(language: str, data: Mapping[str, Any]) -> str:
    topic = phrase(language, "topic." + data["topic"])
    if data["determination"] == "unanswered":
        return phrase(language, "notice.complaint_unanswered", number=data["number"], topic=topic)
    outcome = phrase(language, "determination." + data["determination"])
    told = phrase(language, "notice.complaint_answered", number=data["number"], topic=topic, outcome=outcome)
    return "\n".join((told, *_why(language, data), *_appeal(language, data), phrase(language, "notice.see_status")))


def _complaint_escalated(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.complaint_escalated", number=data["number"], due=day(language, data["due"]))


def _complaint_extended(language: str, data: Mapping[str, Any]) -> str:
    due = day(language, data["due"])
    return phrase(language, "notice.complaint_extended", number=data["number"], why=data["why"], due=due)


def _complaint_rejected(language: str, data: Mapping[str, Any]) -> str:
    told = phrase(language, "notice.complaint_rejected", number=data["number"], why=data["why"])
    return "\n".join((told, *_appeal(language, data)))


def _digest(language: str, data: Mapping[str, Any]) -> str:
    counts = [phrase(language, "notice.digest_kind", title=notice_title(language, k), n=n) for k, n in data["kinds"]]
    total = sum(n for _, n in data["kinds"])
    return phrase(language, "notice.digest", n=total, kinds=phrase(language, "comma").join(counts))


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


def _benefit_closing(language: str, data: Mapping[str, Any]) -> str:
    reasons = phrase(language, "comma").join(f"{local(language, one)} {points(one['points'])}" for one in data["why"])
    why = phrase(language, "notice.because", why=reasons) if reasons else ""
    what = _named(language, data["benefits"], data["count"])
    routes = [phrase(language, "notice.ordinary_route", what=local(language, one)) for one in data["routes"]]
    told = phrase(language, "notice.benefit_closing", what=what, on=day(language, data["on"]), why=why)
    return "\n".join([told, *routes, phrase(language, "notice.benefit_closing_do")])


def _scheme_changes(language: str, data: Mapping[str, Any]) -> str:
    what = _named(language, data["what"], data["count"])
    about = phrase(language, "notice.scheme_changes_what", what=what) if what else ""
    return phrase(language, "notice.scheme_changes", on=day(language, data["on"]), version=data["version"], about=about)


def _appeal_ends(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.appeal_ends", number=data["number"], last=day(language, data["last_day"]))


def _reply_ends(language: str, data: Mapping[str, Any]) -> str:
    due = day(language, data["due"])
    return phrase(language, "notice.reply_ends", number=data["number"], question=data["question"], due=due)


def _acted_for_you(language: str, data: Mapping[str, Any]) -> str:
    what = data["what"]
    if what in ("letter", "call_told", "counter"):
        on = day(language, data["on"])
        return phrase(language, f"notice.acted_{what}", title=notice_title(language, data["kind"]), on=on)
    reason = phrase(language, f"reason.{data['reason']}") if "reason" in data else ""
    return phrase(language, f"notice.acted_{what}", number=data["number"], reason=reason)


def _named(language: str, names: Sequence[Mapping[str, str]], count: int) -> str:
    """Names in a row, and how many more there are."""
    told = phrase(language, "comma").join(local(language, name) for name in names)
    return told if count <= len(names) else phrase(language, "notice.and_more", what=told, count=count)


def _score_paused(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, f"notice.score_paused_{data['why']}")


def _score_resumed(language: str, data: Mapping[str, Any]) -> str:
    return phrase(language, "notice.register_corrected" if data.get("paused") else "notice.score_resumed")


KINDS = {
    "digest": _digest,
    "look_explained": _look_explained,
    "look_unanswered": _look_unanswered,
    "record_arrived": _record_arrived,
    "bill_due": _bill_due,
    "record_counts": _record_counts,
    "benefit_opened": _benefit_opened,
    "benefit_closing": _benefit_closing,
    "scheme_changes": _scheme_changes,
    "appeal_ends": _appeal_ends,
    "reply_ends": _reply_ends,
    "acted_for_you": _acted_for_you,
    "score_paused": _score_paused,
    "score_resumed": _score_resumed,
    "score_changed": _score_changed,
    "record_held": _record_held,
    "record_withdrawn": _record_withdrawn,
    "same_event": _same_event,
    "pass_used": _pass_used,
    "dispute_accepted": _dispute_accepted,
    "dispute_asked": _dispute_asked,
    "dispute_decided": _dispute_decided,
    "dispute_extended": _dispute_extended,
    "dispute_rejected": _dispute_rejected,
    "repair_answered": _repair_answered,
    "repair_opens": _repair_opens,
    "complaint_accepted": _complaint_accepted,
    "complaint_answered": _complaint_answered,
    "complaint_escalated": _complaint_escalated,
    "complaint_extended": _complaint_extended,
    "complaint_rejected": _complaint_rejected,
    "account_moved": _account_moved,
    "move_undone": _move_undone,
    "bound_elsewhere": _bound_elsewhere,
    "signed_in": _signed_in,
    "check_closed": _check_closed,
    "check_late": _check_late,
}
