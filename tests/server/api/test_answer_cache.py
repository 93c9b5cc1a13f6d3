"""Answers in memory: never an old one, never another person's."""

from __future__ import annotations

from server.api.answer_cache import AnswerCache
from tests.support.people import FAN, YING, record
from tests.support.world import Chat, World

VOLUNTEERED = record("volunteering.hours", "2026-11-01", "V")


async def test_a_score_that_changed_is_told_at_once(world: World) -> None:
    await world.enrol(YING)
    chat = Chat(world)
    assert "茉莉分 500" in await chat.say("查询")
    await world.deliver(YING, VOLUNTEERED)
    assert "茉莉分 510" in await chat.say("查询")
    assert "茉莉分 510" in await chat.say("查询")


async def test_a_new_day_is_a_new_answer(world: World) -> None:
    await world.enrol(YING)
    chat = Chat(world)
    assert "11月23日" in await chat.say("查询")
    world.clock.advance(days=1)
    assert "11月24日" in await chat.say("查询")


async def test_another_persons_answer_is_never_given(world: World) -> None:
    await world.enrol(YING, VOLUNTEERED)
    await world.enrol(FAN, openid="o-fan")
    assert "茉莉分 510" in await Chat(world).say("查询")
    assert "茉莉分 500" in await Chat(world, "o-fan").say("查询")


async def test_after_unlinking_there_is_none(world: World) -> None:
    await world.enrol(YING)
    chat = Chat(world)
    for said in ("查询", "解绑", "确认解绑"):
        await chat.say(said)
    assert "还没有绑定" in await chat.say("查询")


def test_the_one_not_asked_for_longest_is_forgotten() -> None:
    answers = AnswerCache()
    for n in range(2001):
        answers.keep("Score", str(n), "s", {"n": n})
    assert answers.get("Score", "0", "s") is None
    assert answers.get("Score", "2000", "s") == {"n": 2000}
    assert answers.get("Score", "2000", "another") is None
