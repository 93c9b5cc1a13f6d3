"""One turn of a conversation: what was said in, what Egret says and the new state out.

Nothing is kept when a turn fails.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bot.dialogs import home
from bot.dialogs.flow import Conversation, Data, OperationRefusedError
from bot.dialogs.playing import Answer, DialogRunner
from bot.dialogs.turn import Turn


async def take_turn(
    conversation: Conversation,
    said: str | None,
    answer: Answer,
    photo: str | None = None,
    *,
    staffed: bool = False,
    paused: bool = False,
    spoken: bool = False,
    linked: bool = False,
    called: Sequence[str] = (),
    entry: str | None = None,
) -> Turn:
    """Answer what a person typed, or a photo by its media id; neither stands for voice and the like.

    `staffed` tells whether a citizen who asks for a person can be handed over to one, `paused` whether the last turn
    was long ago, `spoken` whether it was a voice message, which the platform may not have written down, `linked`
    whether the account seemed to be somebody's, `called` what people call the score here, `entry` which entry of a menu
    was tapped.
    """

    async def turned(turn: DialogRunner) -> None:
        if photo is not None:
            await turn.see(photo)
            return
        if spoken and said is None:
            await turn.no_words(voice=True)
            return
        if spoken and said is not None:
            turn.show_spoken(said)
        if entry and said is not None:
            await turn.choose(entry, said)
            return
        await turn.hear(said)

    turn = DialogRunner(conversation, answer, staffed=staffed, paused=paused, linked=linked, called=called)
    return await _taken(turn, turned)


async def welcome(conversation: Conversation, answer: Answer, scene: str | None = None, *, new: bool = True) -> Turn:
    """Greet a person who scanned a QR code, or who is `new`: has just followed the account."""

    async def turned(turn: DialogRunner) -> None:
        goes_on = not new and turn.flow is not None and turn.flow.loses
        if not goes_on:
            turn.end()
        await turn.play(home.show_welcome(turn.talk, scene))
        if goes_on:
            await turn.again()

    return await _taken(DialogRunner(conversation, answer), turned)


def person_gone(conversation: Conversation) -> Turn:
    """The talk with a person is over; what was open before goes on."""
    turn = DialogRunner(conversation, _nothing)
    turn.talk.say("home.person_gone")
    return turn.done()


async def _nothing(name: str, variables: Data) -> Data:
    raise AssertionError(f"nothing asks {name} here")


async def tap(conversation: Conversation, key: str, answer: Answer) -> Turn:
    """A tap on a menu button is the same as typing its word, but never an answer to a step."""

    async def turned(turn: DialogRunner) -> None:
        await turn.tap(key)

    return await _taken(DialogRunner(conversation, answer), turned)


async def _taken(turn: DialogRunner, turned: Callable[[DialogRunner], Awaitable[None]]) -> Turn:
    try:
        await turned(turn)
    except OperationRefusedError as refused:
        await turn.refuse(refused)
    return turn.done()
