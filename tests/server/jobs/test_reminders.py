"""What arrives and what time brings is told once, and not where it is no longer so."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.notices import notice
from schema.types.principal import Caller, Kind
from scoring.disputes import Determination, Finding
from server.jobs.reminders import Reminders
from tests.support.disputes import PARKING, decide, file
from tests.support.people import FAN, YING, record
from tests.support.world import World

BILL = record("utility.power-overdue", "2026-11-20", "N1", facts={"amount": "128.50"})
PAID = replace(BILL, facts={"amount": "128.50", "cured_on": "2026-11-25"})


async def told(world: World, kind: str, language: str = "zh") -> list[str]:
    """The texts of the notices of a kind, oldest first."""
    rows = await world.container.store["notices"].find({"kind": kind}).sort([("created_at", 1)]).to_list(None)
    return [notice(language, kind, await world.container.vault.open(row["sealed"])) for row in rows]


async def a_day(world: World) -> None:
    """The round of a day, by two workers at once and by one once more."""
    await asyncio.gather(Reminders(world.container).daily(), Reminders(world.container).daily())
    await Reminders(world.container).daily()


async def test_a_bill_is_told_as_soon_as_it_arrives_with_amount_day_and_whom_to_pay(world: World) -> None:
    await world.enrol(YING)
    await world.deliver(YING, BILL)
    (chinese,), (english,) = await told(world, "bill_due"), await told(world, "bill_due", "en")
    assert "128.50元" in chinese
    assert "2026年12月19日前（含当天）" in chinese
    assert "by 19 Dec 2026" in english
    assert await told(world, "score_changed") == []
    assert await told(world, "record_arrived") == []


async def test_many_records_of_one_delivery_are_one_notice_and_a_redelivery_is_none(world: World) -> None:
    await world.enrol(YING)
    bills = [replace(BILL, id=f"N{n}") for n in range(5)]
    for _ in range(2):
        await world.deliver(YING, *bills)
    (text,) = await told(world, "bill_due")
    assert "还有 2 笔" in text


async def test_what_moved_the_score_is_told_once_and_what_did_not_has_arrived(world: World) -> None:
    await world.enrol(YING)
    await world.deliver(YING, PARKING)
    assert len(await told(world, "score_changed")) == 1
    assert await told(world, "record_arrived") == []
    await world.deliver(YING, replace(PARKING, id="T9", final=False))
    (text,) = await told(world, "record_arrived")
    assert "1 条" in text
    (english,) = await told(world, "record_arrived", "en")
    assert "has not changed" in english


async def test_of_who_has_not_joined_nothing_is_told(world: World) -> None:
    await world.enrol(YING)
    await world.deliver(FAN, BILL)
    world.clock.advance(days=21)
    await a_day(world)
    assert await told(world, "bill_due") == []


async def test_a_week_before_a_bill_counts_it_is_told_again_and_once(world: World) -> None:
    await world.enrol(YING)
    await world.deliver(YING, BILL)
    world.clock.advance(days=19)
    await a_day(world)
    assert len(await told(world, "bill_due")) == 1
    for _ in range(3):
        world.clock.advance(days=1)
        await a_day(world)
    assert len(await told(world, "bill_due")) == 2


async def test_a_bill_that_was_paid_is_not_told_of_again(world: World) -> None:
    await world.enrol(YING)
    await world.deliver(YING, BILL)
    world.clock.advance(days=5)
    await world.deliver(YING, PAID)
    for _ in range(24):
        world.clock.advance(days=1)
        await a_day(world)
    assert len(await told(world, "bill_due")) == 1
    assert await told(world, "record_counts") == []


async def test_that_a_record_counts_from_today_is_told_once_with_the_score(world: World) -> None:
    await world.enrol(YING)
    await world.deliver(YING, BILL)
    world.clock.advance(days=27)
    await a_day(world)
    world.clock.advance(days=1)
    await a_day(world)
    (text,) = await told(world, "record_counts")
    assert "从今天起计分" in text
    (english,) = await told(world, "record_counts", "en")
    assert "counts from today" in english
    assert await told(world, "score_changed") == []


@pytest.mark.parametrize("appealed", [False, True])
async def test_a_week_before_an_appeal_ends_it_is_told_unless_it_was_made(world: World, appealed: bool) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await decide(world, dispute, Determination.UPHELD)
    await world.deliver_outbox()
    world.clock.advance(days=22)
    await a_day(world)
    assert await told(world, "appeal_ends") == []
    if appealed:
        await world.container.disputes.appeal(Caller(me), dispute.key, "不服")
    for _ in range(3):
        world.clock.advance(days=1)
        await a_day(world)
    texts = await told(world, "appeal_ends")
    assert len(texts) == (0 if appealed else 1)
    assert all("2026年12月23日" in text for text in texts)
    assert all("until 23 Dec 2026" in text for text in await told(world, "appeal_ends", "en"))


async def test_a_working_day_before_an_answer_is_due_it_is_told(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    agent, desk = await world.hire("a", Kind.AGENT), world.container.services.desk
    case = await desk.claim(Caller(agent), dispute.key)
    await desk.ask_citizen(Caller(agent), dispute.key, case.revision, "请补充缴费凭证")
    await a_day(world)
    assert await told(world, "reply_ends") == []
    for _ in range(9):
        world.clock.advance(days=1)
        await a_day(world)
    (text,) = await told(world, "reply_ends")
    assert "请补充缴费凭证" in text
    (english,) = await told(world, "reply_ends", "en")
    assert "still waits for your answer" in english


async def test_that_staff_called_the_source_is_told(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    agent, desk = await world.hire("a", Kind.AGENT), world.container.services.desk
    case = await desk.claim(Caller(agent), dispute.key)
    case = await desk.ask_source(Caller(agent), dispute.key, case.revision, "请核对这条记录")
    await desk.log_call(Caller(agent), dispute.key, case.revision, "王警官", Finding.CONFIRMED, "核对过，属实")
    (text,) = await told(world, "acted_for_you")
    assert "打了电话" in text
    (english,) = await told(world, "acted_for_you", "en")
    assert "called the reporting body" in english


async def test_a_benefit_that_came_within_reach_is_told_with_the_change(world: World) -> None:
    await world.enrol(YING)
    good = [
        record(f"{what}.timely", f"202{n}-09-01", f"{what}{n}")
        for what in ("social-insurance", "housing-fund")
        for n in (4, 5, 6)
    ]
    await world.deliver(YING, *good)
    (text,) = await told(world, "benefit_opened")
    assert "现在能用" in text
    (english,) = await told(world, "benefit_opened", "en")
    assert "you can use" in english


async def test_a_week_before_a_record_can_be_repaired_its_citizen_is_told_once(world: World) -> None:
    can_be = record("urban.rubble", "2026-08-30", "R1")
    await world.enrol(
        YING, can_be, record("urban.rubble", "2026-10-30", "R2"), record("tax.false-invoices", "2026-08-30", "R3")
    )
    await a_day(world)
    (chinese,), (english,) = await told(world, "repair_opens"), await told(world, "repair_opens", "en")
    assert "2026年11月30日 起可以申请信用修复" in chinese
    assert "清理、修复或补种" in chinese
    assert "from 30 Nov 2026" in english
    world.clock.advance(days=1)
    await a_day(world)
    assert len(await told(world, "repair_opens")) == 1


async def test_of_a_record_that_is_disputed_or_gone_no_repair_is_told(world: World) -> None:
    me = await world.enrol(YING, record("urban.rubble", "2026-08-30", "R1"))
    await file(world, me, "urban.rubble")
    await a_day(world)
    assert await told(world, "repair_opens") == []
