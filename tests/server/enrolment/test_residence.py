"""Who moved away or died according to the register: not computed, told, and able to object."""

from __future__ import annotations

from typing import Any

import pytest

from schema.types.check import CheckKind, CheckOutcome
from schema.types.connection import Page
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from scoring.identity import Identity
from server.citizens.repository import CitizenRepository
from server.citizens.residents.model import Residence
from tests.support.people import FAN, YING, record
from tests.support.world import Chat, World

PENALTY = record("traffic.illegal-parking", "2026-09-02")


async def register_says(world: World, person: Identity, residence: Residence | None) -> int:
    """What a delivery leaves behind, and what follows from it."""
    await mark(world, person, residence)
    return await world.container.residences.settle(lambda *_: None)


async def mark(world: World, person: Identity, residence: Residence | None) -> None:
    """What a delivery stores."""
    index = world.container.register.digests.index(person.id_number)
    change = {"$unset": {"residence": ""}} if residence is None else {"$set": {"residence": residence.value}}
    rows = world.container.store["register"]
    for row in await rows.find({}).to_list(None):
        if bytes(row["_id"]).endswith(index):
            await rows.update_one({"_id": row["_id"]}, change)


async def score_of(world: World, citizen: Principal) -> int:
    return (await world.container.scores.current(citizen)).value


async def code_of(world: World, citizen: Principal) -> RefusalCode:
    with pytest.raises(Refused) as refused:
        await score_of(world, citizen)
    return refused.value.code


@pytest.fixture
async def citizen(world: World) -> Principal:
    return await world.enrol(YING, PENALTY)


@pytest.mark.parametrize("residence", [*Residence])
async def test_nothing_is_computed_any_more_at_once_and_the_next_day(
    world: World, citizen: Principal, residence: Residence
) -> None:
    before = await score_of(world, citizen)
    assert await register_says(world, YING, residence) == 1
    assert await code_of(world, citizen) is RefusalCode.SCORE_PAUSED
    world.clock.advance(days=1)
    assert await code_of(world, citizen) is RefusalCode.SCORE_PAUSED
    services = world.container.services
    for asking in (
        services.what_if.steps(citizen),
        services.benefits.mine(citizen),
        services.benefits.issue_pass(Caller(citizen), "library"),
    ):
        with pytest.raises(Refused):
            await asking
    assert (await world.container.store["assessments"].count_documents({"current": True})) == 0
    assert (await services.enrolments.enrolment(citizen)).consent_current
    assert before


@pytest.mark.parametrize("residence", [Residence.DIED, Residence.SHARED])
async def test_who_lives_here_is_not_told_that_they_do_not(
    world: World, citizen: Principal, residence: Residence
) -> None:
    await register_says(world, YING, residence)
    told = await Chat(world).say("查询")
    assert "暂停计算" in told
    assert "不在本市" not in told


async def test_records_the_log_and_the_way_out_stay(world: World, citizen: Principal) -> None:
    await register_says(world, YING, Residence.MOVED)
    chat = Chat(world)
    assert "暂停计算" in await chat.say("查询")
    assert "陈*" in await chat.say("隐私")
    await chat.say("退出")
    assert "暂停" not in await chat.say("确认退出")
    assert await world.container.citizens.find(YING.id_number) is None


async def test_they_are_told_where_alive(world: World, citizen: Principal) -> None:
    await register_says(world, YING, Residence.DIED)
    assert not await told(world)
    await register_says(world, YING, None)
    assert await told(world) == ["score_resumed"]
    await register_says(world, YING, Residence.MOVED)
    assert sorted(await told(world)) == ["score_paused", "score_resumed"]


async def test_the_same_word_of_the_register_is_told_once(world: World, citizen: Principal) -> None:
    await register_says(world, YING, Residence.MOVED)
    assert await register_says(world, YING, Residence.MOVED) == 0
    assert await told(world) == ["score_paused"]


async def test_what_an_import_that_was_killed_did_not_do_any_more_a_worker_does(
    world: World, citizen: Principal
) -> None:
    await world.container.residences.settle(lambda *_: None)
    await mark(world, YING, Residence.MOVED)
    assert await world.container.residences.catch_up() == 0, "the import did it"
    await world.container.store["register_deliveries"].update_many({}, {"$unset": {"settled": ""}})
    assert await world.container.residences.catch_up() == 1
    assert await code_of(world, citizen) is RefusalCode.SCORE_PAUSED
    assert await world.container.residences.catch_up() == 0


@pytest.mark.parametrize("before", [None, Residence.MOVED], ids=["who moved away", "who came back"])
async def test_one_who_leaves_meanwhile_holds_up_no_other(
    world: World, citizen: Principal, monkeypatch: pytest.MonkeyPatch, before: Residence | None
) -> None:
    other = await world.enrol(FAN, openid="o-other")
    await register_says(world, YING, before)
    await register_says(world, FAN, before)
    after = Residence.MOVED if before is None else None
    enrolments = world.container.services.enrolments
    name = "enrolled_by_id_index" if before is None else "not_resident"
    found = getattr(CitizenRepository, name)

    async def leaving(self: CitizenRepository, *given: Any) -> Any:
        rows = await found(self, *given)
        monkeypatch.setattr(CitizenRepository, name, found)
        await enrolments.leave(Caller(citizen))
        return rows

    monkeypatch.setattr(CitizenRepository, name, leaving)
    await mark(world, YING, after)
    assert await register_says(world, FAN, after) == 1
    residence = await world.container.residences.residence(other)
    assert (residence is None) == (after is None)


async def test_two_who_settle_at_once_tell_once_and_an_objection_meanwhile_holds(
    world: World, citizen: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = CitizenRepository.enrolled_by_id_index

    async def slowly(self: CitizenRepository, indexes: Any) -> Any:
        rows = await found(self, indexes)
        monkeypatch.setattr(CitizenRepository, "enrolled_by_id_index", found)
        await world.container.residences.settle(lambda *_: None)
        await world.container.residences.object(Caller(citizen))
        return rows

    monkeypatch.setattr(CitizenRepository, "enrolled_by_id_index", slowly)
    await register_says(world, YING, Residence.MOVED)
    assert await told(world) == ["score_paused"]
    assert await score_of(world, citizen)


async def test_an_objection_in_chat_has_the_score_computed_again_and_holds(world: World, citizen: Principal) -> None:
    before = await score_of(world, citizen)
    await register_says(world, YING, Residence.MOVED)
    chat = Chat(world)
    assert "马上恢复计算" in await chat.say("户籍有误")
    assert await score_of(world, citizen) == before
    await register_says(world, YING, Residence.MOVED)
    assert await score_of(world, citizen) == before, "the register says nothing new"
    view = await world.container.residences.residence(citizen)
    assert view is not None
    assert view.objected_at is not None


async def test_a_shared_number_shows_no_records_and_stays_paused_until_a_person_has_checked(
    world: World, citizen: Principal
) -> None:
    await register_says(world, YING, Residence.SHARED)
    records = world.container.services.records
    page = Page(10, None)
    chat = Chat(world)
    assert "已转给工作人员核对" in await chat.say("户籍有误")
    await chat.say("户籍有误")
    with pytest.raises(Refused):
        await records.of_citizen(citizen, page)
    assert "分不清是谁的记录" in await chat.say("我的数据")
    assert await code_of(world, citizen) is RefusalCode.SCORE_PAUSED
    await decide(world, CheckOutcome.LIFTED)
    assert await score_of(world, citizen)
    assert len((await records.of_citizen(citizen, page)).edges) == 1


async def test_who_moved_away_still_sees_every_record(world: World, citizen: Principal) -> None:
    await register_says(world, YING, Residence.MOVED)
    shown = await world.container.services.records.of_citizen(citizen, Page(10, None))
    assert [edge.node.document_number for edge in shown.edges] == ["1"]


async def test_where_nothing_is_paused_there_is_nothing_to_object_to(world: World, citizen: Principal) -> None:
    assert "没有因户籍登记暂停" in await Chat(world).say("户籍有误")
    assert await world.container.residences.residence(citizen) is None


async def decide(world: World, outcome: CheckOutcome) -> None:
    """Someone at the desk closes the one question."""
    agent = await world.hire("agent", Kind.AGENT)
    checks = world.container.services.checks
    found = await checks.page(agent, Page(50, None), is_open=True)
    (check,) = [edge.node for edge in found.edges]
    assert (check.kind, check.masked_name) == (CheckKind.RESIDENCE, "陈*")
    await checks.close(Caller(agent), str(check.id), outcome)


async def test_a_person_finds_the_register_wrong_and_the_score_stays(world: World, citizen: Principal) -> None:
    before = await score_of(world, citizen)
    await register_says(world, YING, Residence.MOVED)
    chat = Chat(world)
    await chat.say("户籍有误")
    await decide(world, CheckOutcome.LIFTED)
    assert any("户籍登记有误，您的信用分继续计算" in text for text in await chat.pushes())
    await register_says(world, YING, Residence.MOVED)
    assert await score_of(world, citizen) == before


async def test_a_person_finds_the_register_right_and_only_the_register_brings_the_score_back(
    world: World, citizen: Principal
) -> None:
    await register_says(world, YING, Residence.MOVED)
    chat = Chat(world)
    await chat.say("户籍有误")
    await decide(world, CheckOutcome.KEPT)
    assert await code_of(world, citizen) is RefusalCode.SCORE_PAUSED
    assert any("户籍登记无误" in text for text in await chat.pushes())
    assert "已核对过" in await chat.say("户籍有误")
    assert await code_of(world, citizen) is RefusalCode.SCORE_PAUSED
    await register_says(world, YING, None)
    assert await score_of(world, citizen)


async def told(world: World) -> list[Any]:
    """The notices that are about this, by name."""
    found = []
    for row in await world.container.store["notices"].find({}).sort([("created_at", 1)]).to_list(None):
        notice = row["kind"]
        if notice.startswith("score_paused") or notice.startswith("score_resumed"):
            found.append(notice)
    return found
