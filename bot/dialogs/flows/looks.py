"""谁看过: who looked at one's data, others first; the number of a line asks why."""

from __future__ import annotations

from pydantic import Field

from bot.dialogs.flow import Again, Ask, Data, Flow, Go, Hear, Remembered, Show, Stay, Talk, change
from bot.dialogs.flows.score import not_bound
from bot.dialogs.typed import decided, plain
from bot.phrases import day, moment


class Looking(Remembered):
    """The looks that were listed by their ids, which page it was, and whose looks they are."""

    looks: list[str] = Field(default_factory=list)
    page: str | None = None
    after: str | None = None
    by: str = "OTHERS"


looks = Flow("looks", version=2, remembers=Looking, words=("谁看过", "who looked", "looks"), loses=False)
_MINE = ("我自己", "我自己的", "自己", "mine", "my own")


def show_looks(talk: Talk[Looking]) -> Show:
    me = (yield Ask("AccessLog", {"by": talk.data.by, "after": talk.data.page}))["me"]
    if me is None:
        return not_bound(talk)
    page = me["accessLog"]
    talk.data.looks = [edge["node"]["id"] for edge in page["edges"]]
    following = page["pageInfo"]
    talk.data.after = following["endCursor"] if following["hasNextPage"] else None
    rows = [_row(talk, n, edge["node"]) for n, edge in enumerate(page["edges"], 1)]
    if talk.data.by == "ME":
        talk.say("looks.mine", rows="\n".join(rows) or talk.words("looks.none"))
    else:
        talk.say("looks.list", rows="\n".join(rows) or talk.words("looks.nobody"))
        talk.say("looks.choose" if rows else "looks.see_mine")
    if talk.data.after is not None:
        talk.say("looks.more")
    return None


def hear_looks(talk: Talk[Looking], said: str) -> Hear:
    if plain(said) in ("更多", "more"):
        if talk.data.after is None:
            talk.say("looks.end")
            return Stay()
        talk.data.page = talk.data.after
        return Go("list")
    if plain(said) in _MINE:
        talk.data.by, talk.data.page = "ME", None
        return Go("list")
    chosen = decided(said)
    if chosen is None or not 1 <= chosen <= len(talk.data.looks):
        talk.say("looks.unclear")
        return Again()
    asked = yield from change("AskAboutLook", id=talk.data.looks[chosen - 1])
    if not talk.refused(asked):
        talk.say("looks.asked", due=day(talk.language, asked["entry"]["question"]["dueOn"]))
    return Stay()


def _row(talk: Talk[Looking], number: int, look: Data) -> str:
    row = talk.words(
        "looks.row" if talk.data.by == "OTHERS" else "looks.own_row",
        number=number,
        at=moment(talk.language, look["at"]),
        institution=talk.local(look["institution"]),
        purpose=talk.local(look["purpose"]),
        times=talk.words("looks.times", count=look["count"]) if look["count"] > 1 else "",
    )
    question = look["question"]
    if question is None:
        return row
    state = question["state"].lower()
    due = day(talk.language, question["dueOn"])
    return row + "\n    " + talk.words("looks." + state, due=due, answer=question["answer"] or "")


looks.step("list", show_looks, hear_looks)
