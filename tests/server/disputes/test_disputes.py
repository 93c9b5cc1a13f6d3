"""Disputes under pressure: deadlines, corrections, history, and who may look at what."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import date

import pytest

from bot.notices import notice
from schema.types.connection import Page
from schema.types.dispute import Case, QueueFilter
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import OPERATOR, Caller, Kind
from scoring.disputes import Determination, DisputeReason, DisputeState
from tests.support.disputes import EVASION, PAGE, PARKING, decide, file, refusal, reject
from tests.support.people import YING, delivery, record
from tests.support.world import World


async def test_no_one_decides_after_the_deadline(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    agent = await world.hire("a", Kind.AGENT)
    case = await world.container.services.desk.claim(Caller(agent), dispute.key)
    world.clock.advance(days=8)
    late = world.container.services.desk.decide(
        Caller(agent), dispute.key, case.revision, Determination.UPHELD, "现在才看"
    )
    assert await refusal(late) is RefusalCode.DEADLINE_PASSED
    assert await world.container.disputes.lapse_overdue() == 1


async def test_one_bad_dispute_does_not_stop_the_others_deadlines(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    me = await world.enrol(YING, PARKING, EVASION)
    first, second = await file(world, me), await file(world, me, "tax.evasion")
    await world.container.store["disputes"].update_one({"_id": first.key}, {"$set": {"citizen": "nobody"}})
    world.clock.advance(days=8)
    assert await world.container.disputes.lapse_overdue() == 1
    assert (await world.container.disputes.one(me, second.key)).lapsed
    assert "did not lapse" in caplog.text


async def test_after_a_correction_the_source_delivers_the_right_version(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await decide(world, await file(world, me), Determination.CORRECTED)
    assert (await world.container.services.scores.current(me)).value == 500
    same = await world.container.deliveries.deliver(OPERATOR, delivery(YING, PARKING))
    assert same.corrected == 0
    right = await world.container.deliveries.deliver(OPERATOR, delivery(YING, replace(PARKING, facts={"plate": "x"})))
    assert right.corrected == 1
    await world.reassess()
    assert (await world.container.services.scores.current(me)).value == 490


async def test_history_keeps_what_was_disputed_then_and_only_then(world: World) -> None:
    me = await world.enrol(YING, PARKING, EVASION)
    other = await file(world, me, "tax.evasion")
    await decide(world, await file(world, me), Determination.DELETED)
    history = [e.node.value for e in (await world.container.services.scores.history(me, PAGE)).edges]
    assert history == [500, 500, 500, 450]
    await decide(world, other, Determination.UPHELD)
    history = [e.node.value for e in (await world.container.services.scores.history(me, PAGE)).edges]
    assert history[0] == 450
    assert history[-1] == 450


async def test_an_upheld_record_is_not_disputed_again_without_end(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await decide(world, await file(world, me), Determination.UPHELD)
    assert await refusal(file(world, me)) is RefusalCode.DISPUTE_DECIDED


async def change(world: World) -> None:
    """The source delivers another version of the record."""
    await world.deliver(YING, replace(PARKING, facts={"plate": "another"}))


@pytest.mark.parametrize("upheld", [True, False])
async def test_a_record_that_changed_since_the_decision_is_disputed_again(world: World, upheld: bool) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    if upheld:
        await decide(world, dispute, Determination.UPHELD)
    else:
        await reject(world, dispute)
    assert await refusal(file(world, me)) is RefusalCode.DISPUTE_DECIDED
    await change(world)
    again = await file(world, me)
    assert again.number != dispute.number
    await decide(world, again, Determination.UPHELD)
    assert await refusal(file(world, me)) is RefusalCode.DISPUTE_DECIDED


async def test_a_record_that_changed_while_it_was_disputed_was_decided_on_as_it_is_now(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await change(world)
    await decide(world, dispute, Determination.UPHELD)
    assert await refusal(file(world, me)) is RefusalCode.DISPUTE_DECIDED


async def test_withdrawing_often_is_forgotten_when_the_record_changes(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    for _ in range(2):
        await world.container.disputes.withdraw(Caller(me), (await file(world, me)).key)
    assert await refusal(file(world, me)) is RefusalCode.DISPUTE_WITHDRAWN_OFTEN
    await change(world)
    assert (await file(world, me)).state is DisputeState.SUBMITTED


async def test_a_dispute_that_is_not_taken_up_tells_no_one_that_the_record_is_true(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await reject(world, dispute)
    told = await world.told()
    words = [notice(language, kind, data) for kind, data in told for language in ("zh", "en")]
    assert words
    letter = await world.container.services.letters.letter(me, dispute.key)
    assert letter.determination is None
    with pytest.raises(Refused) as again:
        await file(world, me)
    words += [again.value.sentence("zh"), again.value.sentence("en")]
    assert not re.search("属实|真实|stands|true|correct", " ".join(words))


async def test_a_record_without_effect_is_disputed_too(world: World) -> None:
    me = await world.enrol(YING, replace(PARKING, occurred_on=date(2020, 1, 5), reported_on=date(2020, 1, 9)))
    before = (await world.container.services.scores.current(me)).value
    dispute = await file(world, me)
    assert (dispute.points, dispute.state) == (0, DisputeState.SUBMITTED)
    assert (await world.container.services.scores.current(me)).value == before
    await decide(world, dispute, Determination.DELETED)
    assert not (await world.container.services.records.of_citizen(me, PAGE)).edges


async def test_staff_say_more_exactly_what_is_wrong_and_the_citizens_own_reason_stays(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    agent, desk = Caller(await world.hire("a", Kind.AGENT)), world.container.services.desk
    case = await desk.claim(agent, dispute.key)
    case = await desk.refine(agent, dispute.key, case.revision, DisputeReason.IDENTITY_THEFT)
    assert (case.dispute.reason, case.dispute.refined_reason) == (
        DisputeReason.NOT_MINE,
        DisputeReason.IDENTITY_THEFT,
    )


async def test_a_finer_reason_is_taken_from_a_client_that_knows_more_than_five(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    key = (await world.container.services.records.of_citizen(me, PAGE)).edges[0].node.key
    dispute = await world.container.disputes.open(Caller(me), key, DisputeReason.EXPIRED, "早就过期了", [])
    assert (dispute.reason, dispute.refined_reason) == (DisputeReason.DUPLICATE_OR_EXPIRED, DisputeReason.EXPIRED)


async def test_withdrawing_counts_again_and_ends_it(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    withdrawn = await world.container.disputes.withdraw(Caller(me), dispute.key)
    assert withdrawn.state is DisputeState.WITHDRAWN
    assert (await world.container.services.scores.current(me)).value == 490
    assert await refusal(world.container.disputes.withdraw(Caller(me), dispute.key)) is RefusalCode.DISPUTE_CLOSED
    assert await file(world, me)


async def test_the_queue_shows_no_words_and_every_page_of_a_case_is_logged(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    agent = await world.hire("a", Kind.AGENT)
    (row,) = (await world.container.services.desk.queue(agent, QueueFilter.OPEN, PAGE)).edges
    assert row.node.dispute.words is None
    await world.container.services.desk.claim(Caller(agent), dispute.key)
    log = (await world.container.services.looks.access_log(me, PAGE)).edges
    assert [e.node.why for e in log if e.node.role is Kind.AGENT] == [dispute.number]


async def test_cases_of_one_due_day_stand_in_the_order_of_filing_on_every_page(world: World) -> None:
    rules = ("traffic.illegal-parking", "urban.posting", "urban.rubble", "tax.evasion", "housing.sublet")
    me = await world.enrol(YING, *(record(rule, "2026-01-05", rule) for rule in rules))
    filed: list[str] = []
    for rule in rules:
        filed = [*filed, (await file(world, me, rule)).number]
        world.clock.advance(seconds=1)
    desk, agent = world.container.services.desk, await world.hire("agent", Kind.AGENT)
    whole = await desk.queue(agent, QueueFilter.OPEN, PAGE)
    assert [edge.node.dispute.number for edge in whole.edges] == filed
    seen: list[str] = []
    after = None
    while len(seen) < len(filed):
        page = await desk.queue(agent, QueueFilter.OPEN, Page.of(2, after))
        seen += [edge.node.dispute.number for edge in page.edges]
        after = page.page_info.end_cursor
    assert seen == filed
    wrong = desk.queue(agent, QueueFilter.OPEN, Page(1, "2026-12-01|x"))
    assert await refusal(wrong) is RefusalCode.BAD_INPUT


async def test_the_queue_has_parts_and_pages(world: World) -> None:
    me = await world.enrol(YING, PARKING, EVASION)
    first, _ = await file(world, me), await file(world, me, "tax.evasion")
    agent = await world.hire("a", Kind.AGENT)
    desk = world.container.services.desk
    await desk.claim(Caller(agent), first.key)

    async def count(part: QueueFilter) -> int:
        return len((await desk.queue(agent, part, PAGE)).edges)

    assert [await count(p) for p in QueueFilter] == [2, 1, 1, 0, 0, 0, 0]
    one = await desk.queue(agent, QueueFilter.OPEN, Page(1, None))
    assert one.page_info.has_next_page
    assert one.page_info.end_cursor is not None
    rest = await desk.queue(agent, QueueFilter.OPEN, Page.of(1, one.page_info.end_cursor))
    assert rest.edges[0].node.key != one.edges[0].node.key


async def test_twenty_claims_at_once_are_one(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    agents = [await world.hire(f"agent-{n}", Kind.AGENT) for n in range(20)]
    claims = [world.container.services.desk.claim(Caller(a), dispute.key) for a in agents]
    results = await asyncio.gather(*claims, return_exceptions=True)
    assert sum(isinstance(r, Case) for r in results) == 1
    assert {r.code for r in results if isinstance(r, Refused)} <= {RefusalCode.CASE_TAKEN, RefusalCode.CONFLICT}
