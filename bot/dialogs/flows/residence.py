"""户籍有误: to object to what the register of residents says: a person checks it, and the score goes on meanwhile."""

from __future__ import annotations

from bot.dialogs.flow import Ask, End, Flow, Remembered, Show, Talk, change
from bot.dialogs.flows.score import not_bound

residence = Flow(
    "residence",
    version=1,
    remembers=Remembered,
    words=("户籍有误", "我还在本市", "register wrong", "the register is wrong"),
    loses=False,
)


def show_objection(talk: Talk[Remembered]) -> Show:
    me = (yield Ask("Privacy"))["me"]
    if me is None:
        return not_bound(talk)
    found = yield from change("ObjectToResidence")
    if not talk.refused(found):
        stands_still = me["enrolment"]["lookOnly"] or me["enrolment"]["pausedSince"]
        asked = stands_still or found["citizen"]["residence"]["paused"]
        talk.say("residence.asked" if asked else "residence.objected")
    return End()


residence.step("object", show_objection)
