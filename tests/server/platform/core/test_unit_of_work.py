"""Idempotency: the same key, the same answer; another request with it is refused."""

from __future__ import annotations

import asyncio

import pytest

from schema.types.connection import Page
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import CLOCK, Caller, Kind, Principal
from scoring.disputes import DisputeReason
from server.platform.core.unit_of_work import Transaction, UnitOfWork, use_case
from tests.support.people import FAN, YING, record
from tests.support.world import Chat, World

GOOD = [record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (4, 5, 6)]
MORE = [record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (4, 5, 6)]


async def test_the_same_key_gives_the_same_pass(world: World) -> None:
    me = await world.enrol(YING, *GOOD, *MORE)
    benefits = world.container.services.benefits
    first = await benefits.issue_pass(Caller(me, "key-1"), "library.deposit-free")
    assert (await benefits.issue_pass(Caller(me, "key-1"), "library.deposit-free")).id == first.id
    assert (await benefits.issue_pass(Caller(me, "key-2"), "library.deposit-free")).id != first.id
    with pytest.raises(Refused) as refused:
        await benefits.issue_pass(Caller(me, "key-1"), "sanfang.umbrella")
    assert refused.value.code in (RefusalCode.KEY_REUSED, RefusalCode.BENEFIT_NOT_OPEN)


async def test_a_key_belongs_to_its_owner(world: World) -> None:
    me = await world.enrol(YING)
    other = await world.enrol(FAN, openid="o-2")
    await world.container.services.enrolments.decline(Caller(me, "key-1"), "volunteering.hours", True)
    item = await world.container.services.enrolments.decline(Caller(other, "key-1"), "volunteering.hours", False)
    assert item.declined is False


async def test_twenty_at_once_with_one_key_are_one_dispute(world: World) -> None:
    me = await world.enrol(YING, *GOOD)
    (held, *_) = (await world.container.services.records.of_citizen(me, Page(5, None))).edges

    async def file() -> str:
        dispute = await world.container.disputes.open(
            Caller(me, "k"), held.node.key, DisputeReason.NOT_MINE, "不是我", []
        )
        return dispute.number

    numbers = await asyncio.gather(*(file() for _ in range(20)))
    assert set(numbers) == {"D-2026-000001"}
    assert await world.container.store["disputes"].count_documents({}) == 1


async def test_twenty_at_once_without_a_key_are_one_dispute_too(world: World) -> None:
    me = await world.enrol(YING, *GOOD)
    (held, *_) = (await world.container.services.records.of_citizen(me, Page(5, None))).edges
    asked = [
        world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我", [])
        for _ in range(20)
    ]
    results = await asyncio.gather(*asked, return_exceptions=True)
    refusals = [r.code for r in results if isinstance(r, Refused)]
    assert len(refusals) == 19
    assert set(refusals) <= {RefusalCode.DISPUTE_OPEN, RefusalCode.CONFLICT}
    assert await world.container.store["disputes"].count_documents({}) == 1


async def test_binding_can_be_retried_though_it_changed_who_one_is(world: World) -> None:
    await world.register(YING)
    contact = (await world.container.contacts.enter("wechat", "o1")).contact
    bindings = world.container.services.bindings
    asker = Caller(Principal(contact=contact))
    started = await bindings.start(asker, "2026-1", YING.name, YING.id_number, YING.phone)
    code = await world.last_code()
    first = await bindings.confirm(Caller(Principal(contact=contact), "k"), started.id, code)
    citizen = await world.container.citizens.principal_of(contact)
    assert citizen.kind is Kind.CITIZEN
    assert await bindings.confirm(Caller(citizen, "k"), started.id, code) == first


async def test_leaving_and_unlinking_can_be_retried_though_one_is_no_one_then(world: World) -> None:
    me = await world.enrol(YING)
    enrolments = world.container.services.enrolments
    assert me.contact is not None
    unlinked = await enrolments.unlink(Caller(me, "k1"))
    nobody = Principal(contact=me.contact)
    assert await enrolments.unlink(Caller(nobody, "k1")) == unlinked
    with pytest.raises(Refused) as refused:
        await enrolments.unlink(Caller(nobody, "k2"))
    assert refused.value.code is RefusalCode.NOT_SIGNED_IN
    other = await world.enrol(FAN, openid="o-2")
    assert other.contact is not None
    left = await enrolments.leave(Caller(other, "k3"))
    assert await enrolments.leave(Caller(Principal(contact=other.contact), "k3")) == left


async def test_anyone_who_leaves_leaves_nothing_that_was_kept_for_retries(world: World) -> None:
    me = await world.enrol(YING)
    services = world.container.services
    made = await services.evidence.upload(Caller(me, "a key"))
    assert (await services.evidence.upload(Caller(me, "a key"))).url == made.url
    rows = str(await world.container.store["idempotency"].find({}).to_list(None))
    assert made.url.rpartition("/")[2] not in rows  # a live address is kept sealed
    chat = Chat(world)
    await chat.say("退出")
    assert "已退出" in await chat.say("确认退出")
    left = await world.container.store["idempotency"].find({}).to_list(None)
    assert [row["outcome"] for row in left] == [0]  # of leaving itself: how many disputes it withdrew


class Notes:
    """A service with one use case."""

    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work
        self.written = 0

    @use_case("write_note", duplicate=RefusalCode.CONFLICT)
    async def write(self, tx: Transaction, text: str, *, draft: str = "") -> None:
        self.written += 1
        await tx["notes"].insert_one({"_id": text, "draft": draft, "by": tx.actor.id})


async def test_a_use_case_that_gives_nothing_is_replayed_all_the_same(world: World) -> None:
    notes = Notes(world.container.unit_of_work)
    for draft in ("one", "another"):  # what was prepared for it may differ in a retry
        await notes.write(Caller(CLOCK, "k"), "a note", draft=draft)
    assert notes.written == 1
    assert (await world.container.store["notes"].find({}).to_list(None))[0]["draft"] == "one"


async def test_a_key_stands_for_what_was_asked(world: World) -> None:
    notes = Notes(world.container.unit_of_work)
    await notes.write(Caller(CLOCK, "k"), "a note")
    with pytest.raises(Refused) as refused:
        await notes.write(Caller(CLOCK, "k"), "another note")
    assert refused.value.code is RefusalCode.KEY_REUSED


async def test_a_duplicate_is_refused_as_the_use_case_says(world: World) -> None:
    notes = Notes(world.container.unit_of_work)
    await notes.write(Caller(CLOCK), "a note")
    with pytest.raises(Refused) as refused:
        await notes.write(Caller(CLOCK), "a note")
    assert refused.value.code is RefusalCode.CONFLICT


async def test_what_was_asked_stands_nowhere_in_clear(world: World) -> None:
    await Notes(world.container.unit_of_work).write(Caller(CLOCK, "k"), "words of a person")
    assert "words of a person" not in str(await world.container.store["idempotency"].find({}).to_list(None))
