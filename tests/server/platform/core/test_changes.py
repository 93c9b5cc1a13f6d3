"""Idempotency: the same key, the same answer; another request with it is refused."""

from __future__ import annotations

import asyncio

import pytest

from schema.types.connection import Page
from schema.types.enrolment import StartBindingInput
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Kind, Principal
from scoring.disputes import DisputeReason
from tests.people import FAN, YING, record
from tests.world import Chat, World

GOOD = [record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (4, 5, 6)]
MORE = [record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (4, 5, 6)]


async def test_the_same_key_gives_the_same_pass(world: World) -> None:
    me = await world.enrol(YING, *GOOD, *MORE)
    benefits = world.container.services.benefits
    first = await benefits.issue_pass(me, "library.deposit-free", "key-1")
    assert (await benefits.issue_pass(me, "library.deposit-free", "key-1")).id == first.id
    assert (await benefits.issue_pass(me, "library.deposit-free", "key-2")).id != first.id
    with pytest.raises(Refused) as refused:
        await benefits.issue_pass(me, "sanfang.umbrella", "key-1")
    assert refused.value.code in (RefusalCode.KEY_REUSED, RefusalCode.BENEFIT_NOT_OPEN)


async def test_a_key_belongs_to_its_owner(world: World) -> None:
    me = await world.enrol(YING)
    other = await world.enrol(FAN, openid="o-2")
    await world.container.services.enrolments.decline(me, "volunteering.hours", True, "key-1")
    item = await world.container.services.enrolments.decline(other, "volunteering.hours", False, "key-1")
    assert item.declined is False


async def test_twenty_at_once_with_one_key_are_one_dispute(world: World) -> None:
    me = await world.enrol(YING, *GOOD)
    (held, *_) = (await world.container.services.records.of_citizen(me, Page(5, None))).edges

    async def file() -> str:
        dispute = await world.container.disputes.open(me, held.node.key, DisputeReason.NOT_MINE, "不是我", [], "k")
        return dispute.number

    numbers = await asyncio.gather(*(file() for _ in range(20)))
    assert set(numbers) == {"D-2026-000001"}
    assert await world.container.store["disputes"].count_documents({}) == 1


async def test_twenty_at_once_without_a_key_are_one_dispute_too(world: World) -> None:
    me = await world.enrol(YING, *GOOD)
    (held, *_) = (await world.container.services.records.of_citizen(me, Page(5, None))).edges
    asked = [
        world.container.disputes.open(me, held.node.key, DisputeReason.NOT_MINE, "不是我", [], None) for _ in range(20)
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
    given = StartBindingInput(consent_version="2026-1", name=YING.name, id_number=YING.id_number, phone=YING.phone)
    started = await bindings.start(Principal(contact=contact), given, None)
    code = await world.last_code()
    first = await bindings.confirm(Principal(contact=contact), started.attempt, code, "k")
    citizen = await world.container.citizens.principal_of(contact)
    assert citizen.kind is Kind.CITIZEN
    assert await bindings.confirm(citizen, started.attempt, code, "k") == first


async def test_leaving_and_unlinking_can_be_retried_though_one_is_nobody_then(world: World) -> None:
    me = await world.enrol(YING)
    enrolments = world.container.services.enrolments
    assert me.contact is not None
    unlinked = await enrolments.unlink(me, "k1")
    nobody = Principal(contact=me.contact)
    assert await enrolments.unlink(nobody, "k1") == unlinked
    with pytest.raises(Refused) as refused:
        await enrolments.unlink(nobody, "k2")
    assert refused.value.code is RefusalCode.NOT_SIGNED_IN
    other = await world.enrol(FAN, openid="o-2")
    assert other.contact is not None
    left = await enrolments.leave(other, "k3")
    assert await enrolments.leave(Principal(contact=other.contact), "k3") == left


async def test_whoever_leaves_leaves_nothing_that_was_kept_for_retries(world: World) -> None:
    me = await world.enrol(YING)
    services = world.container.services
    made = await services.evidence.upload(me, "a key")
    assert (await services.evidence.upload(me, "a key")).url == made.url
    rows = str(await world.container.store["idempotency"].find({}).to_list(None))
    assert made.url.rpartition("/")[2] not in rows  # a live address is kept sealed
    chat = Chat(world)
    await chat.say("退出")
    assert "已退出" in await chat.say("确认退出")
    left = await world.container.store["idempotency"].find({}).to_list(None)
    assert [row["outcome"] for row in left] == [{"disputes_withdrawn": 0}]  # of leaving itself
