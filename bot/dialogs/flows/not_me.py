"""不是我: the account that a citizen was moved away from takes that back; or a sign-in was not theirs."""

from __future__ import annotations

from bot.dialogs.flow import Again, Ask, End, Flow, Go, Hear, Remembered, Show, Talk, change
from bot.dialogs.typed import confirms
from bot.phrases import moment

_CONFIRMED_SIGN_IN = (
    *("不是我登录", "不是我", "确认", "确认不是我"),
    *("not my sign-in", "not me", "confirm", "confirm not me"),
)
_CONFIRMED = ("不是我", "确认", "确认不是我", "撤销换绑", "not me", "confirm", "confirm not me", "undo move")

not_me = Flow("not_me", version=2, remembers=Remembered, words=("撤销换绑", "undo move"))


def show_which(_talk: Talk[Remembered]) -> Show:
    viewer = (yield Ask("MovedAway"))["viewer"]
    is_sign_in = viewer["movedAway"] is None and viewer["signedInElsewhere"] is not None
    return Go("sign_in" if is_sign_in else "move")


def show_move(talk: Talk[Remembered]) -> Show:
    move = (yield Ask("MovedAway"))["viewer"]["movedAway"]
    if move is None:
        talk.say("not_me.nothing")
        return End()
    talk.say("not_me.confirm", at=moment(talk.language, move["movedAt"]))
    return None


def hear_move(talk: Talk[Remembered], said: str) -> Hear:
    if not confirms(said, _CONFIRMED):
        talk.say("not_me.unclear")
        return Again()
    undone = yield from change("UndoMove")
    if not talk.refused(undone):
        talk.say("not_me.done", until=moment(talk.language, undone["frozenUntil"]))
    return End()


def show_sign_in(talk: Talk[Remembered]) -> Show:
    elsewhere = (yield Ask("MovedAway"))["viewer"]["signedInElsewhere"]
    if elsewhere is None:
        talk.say("not_me.nothing")
        return End()
    where = talk.words(f"notice.channel_{elsewhere['channel'].lower()}")
    talk.say("not_me.confirm_sign_in", at=moment(talk.language, elsewhere["at"]), where=where)
    return None


def hear_sign_in(talk: Talk[Remembered], said: str) -> Hear:
    if not confirms(said, _CONFIRMED_SIGN_IN):
        talk.say("not_me.unclear_sign_in")
        return Again()
    ended = yield from change("UndoMove")
    if not talk.refused(ended):
        talk.say("not_me.done_sign_in", until=moment(talk.language, ended["frozenUntil"]))
    return End()


not_me.step("which", show_which)
not_me.step("move", show_move, hear_move)
not_me.step("sign_in", show_sign_in, hear_sign_in)
