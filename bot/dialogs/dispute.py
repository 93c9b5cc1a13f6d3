"""异议: choose a record, a reason, own words, photos, confirm. 进度, 撤回, 补充 and 复核 belong to it."""

from __future__ import annotations

from collections.abc import Generator

from bot.dialogs.flow import Again, Ask, Data, End, Flow, Go, Hear, Heard, Show, Stay, Talk, number, plain
from bot.dialogs.score import line_number, not_bound
from bot.phrases import day, points

REASONS = (
    "NOT_MINE",
    "WRONG_FACTS",
    "ALREADY_FULFILLED",
    "DUPLICATE",
    "EXPIRED",
    "WRONG_DATE_OR_POINTS",
    "OTHER",
    "WRONG_RECORD_TYPE",
    "SOURCE_REVOKED",
    "IDENTITY_THEFT",
)
WORDS_MAX = 500
PHOTOS_MAX = 5
Choice = Generator[Ask, Data, Go | None]

dispute = Flow("dispute", version=2)
status = Flow("status", version=1, loses=False)
withdraw = Flow("withdraw", version=1)
supply = Flow("supply", version=1)
appeal = Flow("appeal", version=1)
_DONE = ("提交", "没有", "没有了", "submit", "done", "no")


def show_choice(talk: Talk) -> Show:
    if talk.argument:
        return (yield from _choose(talk, int(talk.argument)))
    me = (yield Ask("Lines", {"first": 50}))["me"]
    if me is None:
        return not_bound(talk)
    listed = (*me["score"]["lines"]["edges"], *me["score"]["withheld"]["edges"])
    rows = [
        f"{edge['node']['number']}. {points(edge['node']['points'])} {talk.local(edge['node']['label'])}"
        for edge in listed
        if _can_be_disputed(edge["node"])
    ]
    if not rows:
        talk.say("dispute.nothing")
        return End()
    talk.say("dispute.choose", rows="\n".join(rows))
    return None


def hear_choice(talk: Talk, said: str) -> Hear:
    chosen = number(said)
    if chosen is None:
        talk.say("dispute.choose_unclear")
        return Again()
    next_step = yield from _choose(talk, chosen)
    return Again() if next_step is None else next_step


def show_reason(talk: Talk) -> None:
    rows = "\n".join(f"{n} {talk.words('reason.' + code.lower())}" for n, code in enumerate(REASONS, 1))
    talk.say("dispute.ask_reason", label=talk.data["label"], points=talk.data["points"], rows=rows)


def hear_reason(talk: Talk, said: str) -> Heard:
    chosen = number(said)
    if chosen is None or not 1 <= chosen <= len(REASONS):
        talk.say("dispute.reason_unclear", most=len(REASONS))
        return Again()
    talk.data["reason"] = REASONS[chosen - 1]
    return Go("words")


def show_words(talk: Talk) -> None:
    talk.say("dispute.ask_words", most=WORDS_MAX)


def hear_words(talk: Talk, said: str) -> Heard:
    return Go("photos") if _words(talk, said) else Again()


def show_photos(talk: Talk) -> Show:
    talk.say("dispute.ask_photos", most=PHOTOS_MAX)
    form = (yield Ask("EvidenceForm"))["evidenceForm"]
    if form["__typename"] == "EvidenceForm":
        talk.data["box"] = form["box"]
        talk.say_text(talk.words("dispute.evidence_page", url=form["url"]))
    return None


def see_photo(talk: Talk, photo: str) -> Hear:
    if talk.data.get("already", 0) + len(talk.data.get("photos", [])) >= PHOTOS_MAX:
        talk.say("dispute.photos_enough", most=PHOTOS_MAX)
        return Stay()
    kept = (yield Ask("KeepPhoto", {"mediaId": photo}))["keepPhoto"]
    if talk.refused(kept):
        return Again()
    talk.data["photos"] = [*talk.data.get("photos", []), kept["id"]]
    talk.say("dispute.photo_kept", count=len(talk.data["photos"]))
    return Stay()


def hear_photos(talk: Talk, said: str) -> Hear:
    if plain(said) not in _DONE:
        talk.say("dispute.photos_unclear")
        return Again()
    yield from take_box(talk)
    return Go("confirm")


def take_box(talk: Talk) -> Generator[Ask, Data, None]:
    """What was put on the page meanwhile comes along, up to the limit."""
    box = talk.data.pop("box", None)
    if box is None:
        return
    found = (yield Ask("BoxedEvidence", {"box": box}))["boxedEvidence"]
    room = PHOTOS_MAX - talk.data.get("already", 0)
    talk.data["photos"] = [*talk.data.get("photos", []), *(photo["id"] for photo in found)][:room]


def show_confirm(talk: Talk) -> None:
    talk.say(
        "dispute.confirm",
        label=talk.data["label"],
        points=talk.data["points"],
        source=talk.data["source"],
        reason=talk.words("reason." + talk.data["reason"].lower()),
        words=talk.data["words"],
        photos=len(talk.data.get("photos", [])),
    )


def hear_confirm(talk: Talk, said: str) -> Hear:
    if plain(said) not in ("确认", "提交", "confirm", "submit", "yes"):
        talk.say("dispute.confirm_unclear")
        return Again()
    case = {k: talk.data[k] for k in ("reason", "words")}
    case |= {"recordId": talk.data["record"], "evidence": talk.data.get("photos", [])}
    filed = (yield Ask("OpenDispute", {"input": case}))["openDispute"]
    if talk.refused(filed):
        return End()
    value = (yield Ask("Score"))["me"]["score"]["value"]
    talk.say(
        "dispute.filed",
        number=filed["number"],
        points=abs(filed["points"]),
        value=value,
        due=day(talk.language, filed["dueOn"]),
    )
    return End()


def show_status(talk: Talk) -> Show:
    me = (yield Ask("Disputes"))["me"]
    if me is None:
        return not_bound(talk)
    disputes = [edge["node"] for edge in me["disputes"]["edges"]]
    if not disputes:
        talk.say("status.none")
        return End()
    talk.say_text("\n\n".join(_status(talk, d) for d in disputes))
    if any(_is_open(d) for d in disputes):
        talk.say("status.open_hint")
    if any(d["canAppeal"] for d in disputes):
        talk.say("status.appeal_hint")
    newest = next((d for d in disputes if d["letterUrl"]), None)
    if newest is not None:
        talk.say("status.letter", number=newest["number"], url=newest["letterUrl"])
    return End()


def show_withdraw(talk: Talk) -> Show:
    me = (yield Ask("Disputes"))["me"]
    if me is None:
        return not_bound(talk)
    open_ones = [e["node"] for e in me["disputes"]["edges"] if _is_open(e["node"])]
    if not open_ones:
        talk.say("withdraw.none")
        return End()
    first = open_ones[0]
    talk.data.update(id=first["id"], number=first["number"])
    talk.say("withdraw.confirm", number=first["number"], label=talk.local(first["subject"]))
    return None


def hear_withdraw(talk: Talk, said: str) -> Hear:
    if plain(said) not in ("确认", "确认撤回", "confirm", "yes"):
        talk.say("withdraw.unclear")
        return Again()
    result = (yield Ask("WithdrawDispute", {"id": talk.data["id"]}))["withdrawDispute"]
    if not talk.refused(result):
        talk.say("withdraw.done", number=result["number"])
    return End()


def show_supply(talk: Talk) -> Show:
    me = (yield Ask("Disputes"))["me"]
    if me is None:
        return not_bound(talk)
    asked = next((e["node"] for e in me["disputes"]["edges"] if e["node"]["state"] == "AWAITING_CITIZEN"), None)
    if asked is None:
        talk.say("supply.none")
        return End()
    talk.data.update(id=asked["id"], number=asked["number"], already=len(asked["evidence"]))
    due = day(talk.language, asked["dueOn"])
    talk.say("supply.ask", number=asked["number"], question=asked["question"], due=due, most=WORDS_MAX)
    return None


def hear_supply(talk: Talk, said: str) -> Heard:
    return Go("photos") if _words(talk, said) else Again()


def hear_supply_photos(talk: Talk, said: str) -> Hear:
    if plain(said) not in _DONE:
        talk.say("dispute.photos_unclear")
        return Again()
    yield from take_box(talk)
    answer = {"id": talk.data["id"], "words": talk.data["words"], "evidence": talk.data.get("photos", [])}
    supplied = (yield Ask("SupplyDispute", answer))["supplyDispute"]
    if not talk.refused(supplied):
        talk.say("supply.done", number=supplied["number"], due=day(talk.language, supplied["dueOn"]))
    return End()


def show_appeal(talk: Talk) -> Show:
    me = (yield Ask("Disputes"))["me"]
    if me is None:
        return not_bound(talk)
    decided = next((e["node"] for e in me["disputes"]["edges"] if e["node"]["canAppeal"]), None)
    if decided is None:
        talk.say("appeal.none")
        return End()
    talk.data.update(id=decided["id"], number=decided["number"])
    talk.say("appeal.ask", number=decided["number"], label=talk.local(decided["subject"]), most=WORDS_MAX)
    return None


def hear_appeal(talk: Talk, said: str) -> Heard:
    return Go("confirm") if _words(talk, said) else Again()


def show_appeal_confirm(talk: Talk) -> None:
    talk.say("appeal.confirm", number=talk.data["number"], words=talk.data["words"])


def hear_appeal_confirm(talk: Talk, said: str) -> Hear:
    if plain(said) not in ("确认", "提交", "confirm", "submit", "yes"):
        talk.say("dispute.confirm_unclear")
        return Again()
    variables = {"id": talk.data["id"], "words": talk.data["words"]}
    appealed = (yield Ask("AppealDispute", variables))["appealDispute"]
    if not talk.refused(appealed):
        talk.say("appeal.done", number=appealed["number"], due=day(talk.language, appealed["dueOn"]))
    return End()


def _words(talk: Talk, said: str) -> bool:
    """Keep somebody's own words, or say what is wrong with them."""
    words = said.strip()
    if len(words) < 2:
        talk.say("dispute.words_short")
        return False
    if len(words) > WORDS_MAX:
        talk.say("dispute.words_long", most=WORDS_MAX, length=len(words))
        return False
    talk.data["words"] = words
    return True


def _choose(talk: Talk, chosen: int) -> Choice:
    line = yield from line_number(chosen)
    if line is None or not _can_be_disputed(line):
        talk.say("dispute.no_such_line", number=chosen)
        talk.argument = ""
        return None
    talk.data.update(
        record=line["recordId"],
        label=talk.local(line["label"]),
        points=points(line["points"]),
        source=talk.local(line["source"]["label"]),
    )
    return Go("reason")


def _can_be_disputed(line: Data) -> bool:
    """Whatever counts, and a notice before it counts."""
    waits = line.get("reason") == "NOTICE_NOT_DUE"
    return bool(line["points"]) and (waits or line.get("kind") == "RECORD")


def _status(talk: Talk, item: Data) -> str:
    state = talk.words("state." + item["state"].lower())
    head = talk.words(
        "status.row",
        number=item["number"],
        label=talk.local(item["subject"]),
        points=points(item["points"]),
        state=state,
    )
    if _is_open(item):
        due = talk.words("status.due", due=day(talk.language, item["dueOn"]), left=max(0, item["workingDaysLeft"]))
        asked = talk.words("status.question", question=item["question"]) if item["question"] else ""
        return "\n".join(part for part in (head, asked, due) if part)
    if item["state"] not in ("RESOLVED", "REJECTED"):
        return head
    outcome = talk.words("determination." + item["determination"].lower()) if item["determination"] else ""
    lapsed = talk.words("status.lapsed") if item["lapsed"] else ""
    why = talk.words("status.why", why=item["explanation"]) if item["explanation"] else ""
    return "\n".join(part for part in (head, outcome, lapsed, why) if part)


def _is_open(item: Data) -> bool:
    return item["state"] in ("SUBMITTED", "UNDER_REVIEW", "AWAITING_CITIZEN", "AWAITING_SOURCE", "PROPOSED")


dispute.step("record", show_choice, hear_choice)
dispute.step("reason", show_reason, hear_reason)
dispute.step("words", show_words, hear_words)
dispute.step("photos", show_photos, hear_photos, see_photo)
dispute.step("confirm", show_confirm, hear_confirm)
status.step("list", show_status)
withdraw.step("confirm", show_withdraw, hear_withdraw)
supply.step("words", show_supply, hear_supply)
supply.step("photos", show_photos, hear_supply_photos, see_photo)
appeal.step("words", show_appeal, hear_appeal)
appeal.step("confirm", show_appeal_confirm, hear_appeal_confirm)
