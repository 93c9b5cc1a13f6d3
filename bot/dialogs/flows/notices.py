"""消息: what a person was told lately; what is shown is read by that."""

from __future__ import annotations

from bot.dialogs.flow import Ask, End, Flow, Remembered, Show, Talk, change
from bot.dialogs.flows.score import not_bound
from bot.phrases import moment

notices = Flow("notices", version=1, remembers=Remembered, words=("消息", "notices"), loses=False)


def show_notices(talk: Talk[Remembered]) -> Show:
    me = (yield Ask("Notices"))["me"]
    if me is None:
        return not_bound(talk)
    rows = [edge["node"] for edge in me["notices"]["edges"]]
    if not rows:
        talk.say("notices.none")
        return End()
    told = [f"{moment(talk.language, row['at'])}\n{talk.local(row['words'])}" for row in rows]
    talk.say("notices.head", count=me["notices"]["totalCount"], rows="\n\n".join(told))
    unread = [row["id"] for row in rows if row["readAt"] is None]
    if unread:
        talk.refused((yield from change("MarkNoticesRead", ids=unread)))
    return End()


notices.step("rows", show_notices)
