"""权益: what is open now, what is close, and a pass for one of them."""

from __future__ import annotations

from pydantic import Field

from bot.dialogs.flow import Again, Ask, Data, End, Flow, Hear, Remembered, Show, Stay, Talk, change
from bot.dialogs.typed import decided


class Listed(Remembered):
    """The benefits that were listed, by code."""

    codes: list[str] = Field(default_factory=list)


benefits = Flow("benefits", version=1, remembers=Listed, words=("权益", "优惠", "benefits"), loses=False)


def show_benefits(talk: Talk[Listed]) -> Show:
    me = (yield Ask("Benefits"))["me"]
    if me is None:
        return (yield from _public(talk))
    mine = [edge["node"] for edge in me["benefits"]["edges"]]
    talk.data.codes = [item["benefit"]["code"] for item in mine]
    rows = [(n, item) for n, item in enumerate(mine, 1)]
    open_now = "\n".join(_row(talk, n, item) for n, item in rows if item["eligible"])
    close = "\n".join(_row(talk, n, item) for n, item in rows if not item["eligible"])
    if open_now:
        talk.say("benefits.open", count=sum(i["eligible"] for i in mine), rows=open_now)
    if close:
        talk.say("benefits.close", rows=close, n=next(n for n, item in rows if not item["eligible"]))
    talk.say("benefits.ordinary")
    if open_now:
        talk.say("benefits.choose")
    return None


def hear_benefit(talk: Talk[Listed], said: str) -> Hear:
    chosen = decided(said)
    codes = talk.data.codes
    if chosen is None or not 1 <= chosen <= len(codes):
        talk.say("benefits.unclear", most=len(codes))
        return Again()
    issued = yield from change("IssuePass", benefit=codes[chosen - 1])
    if not talk.refused(issued):
        benefit = talk.local(issued["pass"]["benefit"]["label"])
        code = issued["pass"]["code"]
        talk.say("benefits.pass", benefit=benefit, code=code)
        until_words = talk.words("card.pass_until")
        talk.picture = {"kind": "pass", "benefit": benefit, "code": code, "until_words": until_words}
        talk.page = f"passes/{issued['pass']['id']}"
    return Stay()


def _public(talk: Talk[Listed]) -> Show:
    edges = (yield Ask("PublicBenefits"))["benefits"]["edges"]
    rows = "\n".join(
        f"· {talk.local(e['node']['label'])}\n    "
        + talk.words("benefits.route", route=talk.local(e["node"]["ordinaryRoute"]))
        for e in edges
    )
    talk.say("benefits.public", rows=rows)
    return End()


def _row(talk: Talk[Listed], n: int, item: Data) -> str:
    label = talk.local(item["benefit"]["label"])
    least = item["benefit"]["least"]
    if item["eligible"]:
        return talk.words("benefits.row_open", n=n, label=label, terms=talk.local(item["benefit"]["terms"]))
    return talk.words("benefits.row_close", n=n, label=label, least=least, short_by=item["shortBy"])


benefits.step("list", show_benefits, hear_benefit)
