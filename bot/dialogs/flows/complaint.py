"""少了记录, 算错了, 凭证被拒, 资料有误, 登录不了, 评价: what can be disputed though no record is wrong.

Each is a flow of its own, so that its words lead right to it; the last steps are the same for all.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import date
from typing import Any

from pydantic import Field

from bot.dialogs.choosing import all_benefits, chosen_of, numbered, reported_rules, sources_of, typed_day
from bot.dialogs.evidence import (
    KEPT,
    TO_FILE,
    Evidence,
    add_evidence,
    hear_words,
    limits,
    photo_at,
    when_confirmed,
)
from bot.dialogs.flow import Again, Ask, Data, End, Flow, Go, Hear, Heard, Show, Talk, change
from bot.dialogs.flows.score import not_bound
from bot.dialogs.typed import decided
from bot.phrases import day

RATINGS = 5
_ASPECTS = ("NAME", "ID_NUMBER", "PHONE", "OTHER")


class Complaining(Evidence):
    """What is filed: the field of the input and what stands in it, and how it was shown."""

    field: str = ""
    values: dict[str, Any] = Field(default_factory=dict)
    label: str = ""


def _flow(name: str, version: int, words: tuple[str, ...]) -> Flow[Complaining]:
    return Flow(name, version=version, remembers=Complaining, words=words, rests=True, keeps=KEPT)


missing = _flow("missing", 1, ("少了记录", "没有我的记录", "漏报", "missing record"))
computation = _flow("computation", 1, ("算错了", "分算错了", "分数算错了", "wrong sum"))
refused_pass = _flow("refused_pass", 1, ("凭证被拒", "凭证不能用", "pass refused"))
wrong_data = _flow("wrong_data", 1, ("资料有误", "个人信息有误", "wrong data"))
sign_in = _flow("sign_in", 1, ("登录不了", "绑定不了", "cannot sign in", "cannot bind"))
rating = _flow("rating", 1, ("评价", "好差评", "投诉服务", "rate"))


# What each is about


def show_kind(talk: Talk[Complaining]) -> Show:
    if not (yield from _is_bound(talk)):
        return End()
    rows = [talk.local(rule["label"]) for rule in (yield from reported_rules())] + [talk.words("complaint.other")]
    talk.say("missing.ask_kind", rows=numbered(rows))
    return None


def hear_kind(talk: Talk[Complaining], said: str) -> Hear:
    rules = yield from reported_rules()
    other = talk.words("complaint.other")
    chosen = chosen_of(said, [*(talk.local(rule["label"]) for rule in rules), other])
    if chosen is None:
        talk.say("complaint.choose_unclear", most=len(rules) + 1)
        return Again()
    rule = rules[chosen - 1] if chosen <= len(rules) else None
    talk.data.field = "missingRecord"
    talk.data.values = {"rule": None if rule is None else rule["code"]}
    talk.data.label = other if rule is None else talk.local(rule["label"])
    if rule is not None and len(rule["sources"]) == 1:
        _choose_source(talk, rule["sources"][0])
        return Go("day")
    return Go("source")


def show_source(talk: Talk[Complaining]) -> Show:
    sources = yield from sources_of(talk.data.values["rule"])
    talk.say("missing.ask_source", rows=numbered([talk.local(one["label"]) for one in sources]))
    return None


def hear_source(talk: Talk[Complaining], said: str) -> Hear:
    sources = yield from sources_of(talk.data.values["rule"])
    chosen = chosen_of(said, [talk.local(one["label"]) for one in sources])
    if chosen is None:
        talk.say("complaint.choose_unclear", most=len(sources))
        return Again()
    _choose_source(talk, sources[chosen - 1])
    return Go("day")


def show_benefit(talk: Talk[Complaining]) -> Show:
    if not (yield from _is_bound(talk)):
        return End()
    rows = [talk.local(one["label"]) for one in (yield from all_benefits())]
    talk.say("refused_pass.ask", rows=numbered(rows))
    return None


def hear_benefit(talk: Talk[Complaining], said: str) -> Hear:
    found = yield from all_benefits()
    chosen = chosen_of(said, [talk.local(one["label"]) for one in found])
    if chosen is None:
        talk.say("complaint.choose_unclear", most=len(found))
        return Again()
    benefit = found[chosen - 1]
    talk.data.field, talk.data.label = "refusedPass", talk.local(benefit["label"])
    talk.data.values = {"benefit": benefit["code"], "partner": talk.local(benefit["partner"])}
    return Go("day")


def show_aspect(talk: Talk[Complaining]) -> Show:
    if not (yield from _is_bound(talk)):
        return End()
    talk.say("wrong_data.ask")
    return None


def hear_aspect(talk: Talk[Complaining], said: str) -> Heard:
    chosen = decided(said)
    if chosen is None or not 1 <= chosen <= len(_ASPECTS):
        talk.say("complaint.choose_unclear", most=len(_ASPECTS))
        return Again()
    aspect = _ASPECTS[chosen - 1]
    talk.data.field, talk.data.values = "data", {"aspect": aspect}
    talk.data.label = talk.words("aspect." + aspect.lower())
    return Go("words")


def show_rating(talk: Talk[Complaining]) -> Show:
    me = (yield Ask("Disputes"))["me"]
    if me is None:
        return not_bound(talk)
    ended = [e["node"] for e in me["disputes"]["edges"] if e["node"]["state"] in ("RESOLVED", "REJECTED")]
    newest = next((one for one in ended if one["topic"] != "SERVICE"), None)
    talk.data.field = "service"
    talk.data.values = {"dispute": None if newest is None else newest["id"]}
    talk.data.label = talk.words("rating.whole") if newest is None else newest["number"]
    talk.say("rating.ask", label=talk.data.label)
    return None


def hear_rating(talk: Talk[Complaining], said: str) -> Heard:
    chosen = decided(said)
    if chosen is None or not 1 <= chosen <= RATINGS:
        talk.say("complaint.choose_unclear", most=RATINGS)
        return Again()
    talk.data.values = {**talk.data.values, "rating": chosen}
    talk.data.label = talk.words("rating.of", label=talk.data.label, rating=chosen)
    return Go("words")


def show_sum_day(talk: Talk[Complaining]) -> Show:
    if not (yield from _is_bound(talk)):
        return End()
    talk.data.field, talk.data.label = "computation", talk.words("topic.computation")
    talk.say("complaint.ask_day_of_score")
    return None


def show_day(talk: Talk[Complaining]) -> None:
    talk.say("complaint.ask_day")


def hear_day(talk: Talk[Complaining], said: str) -> Hear:
    today = date.fromisoformat((yield from limits())["today"])
    found = typed_day(said, today)
    if found is None or found > today:
        talk.say("complaint.day_unclear")
        return Again()
    talk.data.values = {**talk.data.values, "day": found.isoformat()}
    talk.data.label = talk.words("complaint.on_day", label=talk.data.label, day=day(talk.language, found.isoformat()))
    return Go("words")


# Words, photos, and filing it


def show_words(talk: Talk[Complaining]) -> Show:
    talk.say("dispute.ask_words", most=(yield from limits())["mostCharacters"])
    return None


def show_sign_in(talk: Talk[Complaining]) -> Show:
    """Also for those who are not bound: theirs is the account that tells it."""
    bound = (yield Ask("Home"))["me"] is not None
    talk.data.field = "signIn" if bound else ""
    talk.data.values = {"day": (yield from limits())["today"]} if bound else {}
    talk.data.label = talk.words("topic.sign_in")
    talk.say("sign_in.ask", most=(yield from limits())["mostCharacters"])
    return None


def hear_words_alone(talk: Talk[Complaining], said: str) -> Hear:
    return Go("confirm") if (yield from hear_words(talk, said)) else Again()


def show_confirm(talk: Talk[Complaining]) -> None:
    data = talk.data
    talk.say("complaint.confirm", label=data.label, words=data.words, photos=len(data.photos))
    if data.field == "missingRecord":
        talk.say("missing.told_source")


def send_complaint(talk: Talk[Complaining]) -> Generator[Ask, Data, End]:
    data = talk.data
    if not data.field:
        told = yield from change("ReportSignIn", words=data.words)
        if not talk.refused(told):
            talk.say("sign_in.told", due=day(talk.language, told["dueOn"]))
        return End()
    subject = {data.field: data.values}
    filed = yield from change("OpenComplaint", subject=subject, words=data.words, evidence=data.photos)
    if not talk.refused(filed):
        _say_filed(talk, filed["dispute"])
    return End()


def _say_filed(talk: Talk[Complaining], case: Data) -> None:
    if case["state"] == "RESOLVED":
        talk.say("rating.thanks", number=case["number"])
        return
    due = day(talk.language, case["dueOn"])
    talk.say("complaint.filed", number=case["number"], due=due)
    if case["state"] == "AWAITING_SOURCE":
        talk.say("missing.asked_source", source=talk.local(case["source"]["label"]))


# What can be chosen


def _is_bound(talk: Talk[Complaining]) -> Generator[Ask, Data, bool]:
    if (yield Ask("Home"))["me"] is not None:
        return True
    not_bound(talk)
    return False


def _choose_source(talk: Talk[Complaining], source: Mapping[str, Any]) -> None:
    talk.data.values = {**talk.data.values, "source": source["code"]}
    talk.data.label = f"{talk.data.label} · {talk.local(source['label'])}"


missing.step("kind", show_kind, hear_kind, photo_at("kind"))
missing.step("source", show_source, hear_source, photo_at("source"))
refused_pass.step("benefit", show_benefit, hear_benefit, photo_at("benefit"))
wrong_data.step("aspect", show_aspect, hear_aspect, photo_at("aspect"))
computation.step("day", show_sum_day, hear_day, photo_at("day"))
rating.step("rating", show_rating, hear_rating)
sign_in.step("words", show_sign_in, hear_words_alone, free=True)
rating.step("words", show_words, hear_words_alone, free=True)
for _one in (missing, refused_pass):
    _one.step("day", show_day, hear_day, photo_at("day"))
for _one in (missing, computation, refused_pass, wrong_data):
    add_evidence(_one, show_words, show_confirm, send_complaint)
for _one in (rating, sign_in):
    _one.step("confirm", show_confirm, when_confirmed(send_complaint), choices=TO_FILE)
