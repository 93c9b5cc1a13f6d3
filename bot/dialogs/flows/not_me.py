"""不是我: the account that a citizen was moved away from takes that back."""

from __future__ import annotations

from bot.dialogs.flow import Again, Ask, End, Flow, Hear, Remembered, Show, Talk, change
from bot.dialogs.typed import confirms
from bot.phrases import minute

_CONFIRMED = ("不是我", "确认", "确认不是我", "撤销换绑", "not me", "confirm", "confirm not me", "undo move")

not_me = Flow("not_me", version=1, remembers=Remembered, words=("撤销换绑", "undo move"))


def show_move(talk: Talk[Remembered]) -> Show:
    move = (yield Ask("MovedAway"))["viewer"]["movedAway"]
    if move is None:
        talk.say("not_me.nothing")
        return End()
    talk.say("not_me.confirm", at=minute(move["movedAt"]))
    return None


def hear_move(talk: Talk[Remembered], said: str) -> Hear:
    if not confirms(said, _CONFIRMED):
        talk.say("not_me.unclear")
        return Again()
    undone = yield from change("UndoMove")
    if not talk.refused(undone):
        talk.say("not_me.done", until=minute(undone["frozenUntil"]))
    return End()


not_me.step("move", show_move, hear_move)
