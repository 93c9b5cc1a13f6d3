"""The document of a conversation: what it keeps of messages, how small it stays, and who is told what of many."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from bson import Binary

from server.chat.conversations import CLAIMS, KEPT, Conversations, MessageClaim
from server.chat.dispatcher import Dispatcher
from server.platform.db import Document
from tests.support.messages import message
from tests.support.people import FAN, YING, record
from tests.support.world import Chat, World

VOLUNTEERED = record("volunteering.hours", "2026-11-01", "V")


def at(contact: str, number: int, turn: int = 0) -> MessageClaim:
    return MessageClaim(contact, number.to_bytes(8, "big"), uuid4().hex, turn)


async def stored(world: World, contact: str | None = None) -> Document:
    row: Document | None = await world.container.store["conversations"].find_one(
        {} if contact is None else {"_id": contact}
    )
    assert row is not None
    return row


async def test_only_what_waits_for_an_answer_is_in_work(world: World) -> None:
    talks = world.conversations
    first = at("c", 1)
    await talks.take(first, "message")
    await talks.claim(at("c", 2), "message")
    assert [entry["tries"] for entry in (await stored(world))["recent"]] == [0, 0]
    assert await talks.save(first, {"language": "zh"}, None)
    assert [entry["claim"] for entry in (await stored(world))["recent"]] == [(2).to_bytes(8, "big")]


async def test_a_message_of_this_very_moment_is_not_left_behind(world: World) -> None:
    talks = world.conversations
    await talks.take(at("c", 1), "message")
    world.clock.advance(minutes=1)
    await talks.claim(at("c", 2), "message")
    found = await talks.left_behind()
    assert found is not None
    assert [entry["claim"] for entry in found[1]] == [(1).to_bytes(8, "big")]


async def test_a_talkers_document_stays_small_and_knows_the_newest_messages(world: World) -> None:
    bot = Dispatcher(world.container)
    for number in range(1, 3 * CLAIMS + 2):
        await bot.receive(message("帮助", number))
        row = await stored(world)
        assert min(number, CLAIMS) <= len(row["claims"]) <= 2 * CLAIMS
    assert len(row["replies"]) == KEPT
    size = [{"$project": {"bytes": {"$bsonSize": "$$ROOT"}}}]
    assert (await world.container.store.aggregate("conversations", size))[0]["bytes"] < 14_000
    sent = row["revision"]
    for number in range(2 * CLAIMS + 2, 3 * CLAIMS + 2):
        await bot.receive(message("帮助", number))
    assert (await stored(world))["revision"] == sent


async def test_who_lost_the_lock_is_told_among_many(world: World) -> None:
    talks = world.conversations
    all_of_them = [at(f"c{n}", n) for n in range(12)]
    taken = await asyncio.gather(*(talks.take(one, "message") for one in all_of_them))
    assert all(row is not None for row in taken)
    lost = {one.contact for one in all_of_them[::4]}
    await world.container.store["conversations"].update_many(
        {"_id": {"$in": list(lost)}}, {"$set": {"locked_by": "another"}}
    )
    saved = await asyncio.gather(*(talks.save(one, {"language": "zh"}, None) for one in all_of_them))
    assert {one.contact for one, done in zip(all_of_them, saved, strict=True) if not done} == lost


async def test_of_many_messages_of_one_contact_one_is_taken(world: World) -> None:
    talks = world.conversations
    rows = await asyncio.gather(*(talks.take(at("c", n), "message") for n in range(10)))
    assert sum(row is not None for row in rows) == 1


async def test_messages_taken_and_saved_in_one_call_each_learn_their_own(world: World) -> None:
    talks = world.conversations
    saving = [at(f"s{n}", n) for n in range(4)]
    for one in [*saving, at("locked", 5)]:
        await talks.take(one, "message")
    await world.container.store["conversations"].update_one({"_id": "s2"}, {"$set": {"locked_by": "another"}})
    taking = [at("locked", 6), at("new", 7), at("s2", 8)]
    saved, taken = await asyncio.gather(
        asyncio.gather(*(talks.save(one, {"language": "zh"}, None) for one in saving)),
        asyncio.gather(*(talks.take(one, "message") for one in taking)),
    )
    assert saved == [True, True, False, True]
    assert [row is not None for row in taken] == [False, True, False]


async def test_the_next_message_may_be_taken_in_the_call_that_saves_the_one_before(world: World) -> None:
    talks = world.conversations
    first, second = at("c", 1), at("c", 2)
    await talks.take(first, "message")
    saved, taken = await asyncio.gather(
        talks.save(first, {"language": "zh"}, Binary(b"hello")), talks.take(second, "message")
    )
    assert saved
    assert taken is not None
    assert taken["revision"] == 1
    assert await talks.entry(first) == {"claim": first.claim, "reply": b"hello"}


async def test_what_release_0_1_0_wrote_is_read_and_what_is_written_it_can_read(world: World) -> None:
    talks = world.conversations
    old, new = at("c", 1), at("c", 2, turn=1)
    row = {
        "_id": "c",
        "locked_by": None,
        "claims": [old.claim],
        "recent": [{"claim": old.claim, "by": "somebody"}],
        "replies": {"0": {"claim": old.claim, "reply": Binary(b"hello")}},
        "revision": 1,
    }
    await world.container.store["conversations"].insert_one(row)
    assert await talks.take(old, "message") is None
    entry = await talks.entry(old)
    assert entry is not None
    assert entry["reply"] == b"hello"
    assert await talks.take(new, "message") is not None
    assert await talks.save(new, {"language": "zh"}, None)  # as one that was answered late
    written = await stored(world)
    assert all({"claim", "reply"} <= reply.keys() for reply in written["replies"].values())
    assert all("pending" in entry or "by" in entry for entry in written["recent"])


async def test_nothing_is_saved_under_a_key_that_the_contact_has_no_more(world: World) -> None:
    talks, rows = world.conversations, world.container.store["conversations"]
    first = at("c", 1)
    assert await talks.take(first, "message") is not None
    assert await talks.save(first, {"language": "zh", "key": Binary(b"old")}, None)
    second = at("c", 2, turn=1)
    assert await talks.take(second, "message") is not None
    await rows.update_one({"_id": "c"}, {"$set": {"key": Binary(b"new")}})
    assert not await talks.save(second, {"language": "zh", "key": Binary(b"old")}, None)
    assert await talks.save(second, {"language": "zh", "key": Binary(b"new")}, None)


@pytest.fixture
async def three(world: World) -> list[MessageClaim]:
    """Three contacts that talk at once: Ying's, Fan's, and one that no one has bound."""
    await world.enrol(YING, VOLUNTEERED)
    await world.enrol(FAN, openid="o-fan")
    senders = ("o-test", "o-fan", "o-nobody")
    for sender in senders:
        await Chat(world, sender).say("查询")
    return [at(world.container.contacts.id_of("wechat", sender), n) for n, sender in enumerate(senders)]


async def take_all(talks: Conversations, three: list[MessageClaim], number: int) -> list[Document]:
    """All in one call, and given back."""
    asked = [at(one.contact, number + n) for n, one in enumerate(three)]
    rows = await asyncio.gather(*(talks.take(one, "message") for one in asked))
    for one in asked:
        await talks.unlock(one)
        await talks.drop(one.contact, one.claim)
    return [row for row in rows if row is not None]


async def test_messages_read_together_know_whether_their_score_is_the_one_told(
    world: World, three: list[MessageClaim]
) -> None:
    talks = Conversations(world.container.store, world.container.clock)
    before = await take_all(talks, three, 100)
    assert [row.get("standing") for row in before] == [None, None, None]  # whose they are was not known yet
    known = await take_all(talks, three, 200)
    assert known[2]["standing"] is None
    for row in known[:2]:
        stamp = await world.container.scores.stamp(row["citizen"])
        assert world.container.scores.stamp_of(row["standing"]) == stamp is not None
    await world.deliver(FAN, record("volunteering.hours", "2026-11-01", "W"))
    after = await take_all(talks, three, 300)
    assert after[0]["standing"]["_id"] == known[0]["standing"]["_id"]
    assert after[1]["standing"]["_id"] != known[1]["standing"]["_id"]
    world.clock.advance(days=1)
    assert world.container.scores.stamp_of(after[0]["standing"]) is None


async def test_a_contact_that_another_has_bound_since_is_not_told_the_first_ones_score(
    world: World, three: list[MessageClaim]
) -> None:
    talks = Conversations(world.container.store, world.container.clock)
    await take_all(talks, three, 100)
    ying, fan = [await stored(world, one.contact) for one in three[:2]]
    await world.container.store["conversations"].update_one({"_id": ying["_id"]}, {"$set": {"citizen": "another"}})
    rows = await take_all(talks, three, 200)
    assert rows[0]["standing"] is None
    assert rows[1]["standing"]["standing_of"] == fan["citizen"]
