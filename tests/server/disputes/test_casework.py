"""Work on a case: the source is asked, the deadline moves once, cases change hands, notes stay inside."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from schema.types.connection import Page
from schema.types.dispute import Case
from schema.types.enrolment import AccessAction
from schema.types.errors import RefusalCode
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import Determination, DisputeState, Finding
from server.demo.entities import entities
from server.platform.core import audit
from server.sources.register import register_rows
from tests.support.disputes import PAGE, PARKING, file, refusal
from tests.support.people import MOLI, YING
from tests.support.world import Chat, World

POLICE = Principal(Kind.SOURCE, PARKING.source)


@pytest.fixture
async def held(world: World) -> tuple[World, Principal, Principal, Case]:
    """A case that an agent holds: the world, the citizen, the agent, the case."""
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    agent = await world.hire("a", Kind.AGENT)
    return world, me, agent, await world.container.services.desk.claim(Caller(agent), dispute.key)


Held = tuple[World, Principal, Principal, Case]


async def test_the_source_reads_what_the_citizen_says_and_answers(held: Held) -> None:
    world, me, agent, case = held
    desk, inquiries = world.container.services.desk, world.container.services.inquiries
    case = await desk.ask_source(Caller(agent), case.key, case.revision, "请核对车主登记。")
    assert case.dispute.state is DisputeState.AWAITING_SOURCE
    (edge,) = (await inquiries.open(POLICE, PAGE)).edges
    asked = edge.node
    assert (asked.document_number, asked.words, asked.question) == ("T1", "不是我", "请核对车主登记。")
    assert await inquiries.answer(Caller(POLICE), asked.key, Finding.WRONG, "该车八月已过户。")
    case = await desk.case(agent, case.key)
    assert case.dispute.state is DisputeState.UNDER_REVIEW
    assert case.inquiry is not None
    assert (case.inquiry.finding, case.inquiry.answer) == (Finding.WRONG, "该车八月已过户。")
    looks = await world.container.services.looks.access_log(me, PAGE)
    assert (Kind.SOURCE, AccessAction.INQUIRY_READ, case.dispute.number) in {
        (e.node.role, e.node.action, e.node.why) for e in looks.edges
    }


async def test_another_source_sees_and_answers_nothing(held: Held) -> None:
    world, _, agent, case = held
    inquiries = world.container.services.inquiries
    await world.container.services.desk.ask_source(Caller(agent), case.key, case.revision, "请核对。")
    other = Principal(Kind.SOURCE, "housing-fund")
    assert (await inquiries.open(other, PAGE)).edges == []
    assert await refusal(inquiries.answer(Caller(other), case.key, Finding.CONFIRMED, "属实")) is RefusalCode.NOT_FOUND


async def test_nothing_is_answered_that_was_not_asked(held: Held) -> None:
    world, _, _, case = held
    answer = world.container.services.inquiries.answer(Caller(POLICE), case.key, Finding.CONFIRMED, "属实")
    assert await refusal(answer) is RefusalCode.NOTHING_ASKED


async def test_an_answer_by_telephone_says_who_said_it(held: Held) -> None:
    world, _, agent, case = held
    desk = world.container.services.desk
    case = await desk.ask_source(Caller(agent), case.key, case.revision, "请核对。")
    case = await desk.log_call(Caller(agent), case.key, case.revision, "王科长", Finding.CONFIRMED, "属实")
    assert case.inquiry is not None
    assert case.inquiry.by_telephone
    assert case.inquiry.answer == "王科长：属实"


async def test_a_deadline_moves_once_and_the_citizen_is_told_why(held: Held) -> None:
    world, me, agent, case = held
    desk = world.container.services.desk
    assert case.dispute.due_on == date(2026, 11, 30)
    case = await desk.extend(Caller(agent), case.key, case.revision, "等原单位调档。")
    assert (case.dispute.due_on, case.dispute.extended, case.can_extend) == (date(2026, 12, 7), True, False)
    again = desk.extend(Caller(agent), case.key, case.revision, "再等等。")
    assert await refusal(again) is RefusalCode.EXTENDED_ALREADY
    heard = " ".join(await Chat(world).pushes())
    assert "等原单位调档。" in heard
    assert "2026年12月7日" in heard
    world.clock.advance(days=14)
    assert await world.container.disputes.lapse_overdue() == 0
    world.clock.advance(days=1)
    assert await world.container.disputes.lapse_overdue() == 1
    assert (await world.container.disputes.one(me, case.key)).lapsed


async def test_a_case_is_taken_over_with_a_reason_on_record(held: Held) -> None:
    world, _, agent, case = held
    desk, other = world.container.services.desk, await world.hire("b", Kind.AGENT)
    assert await refusal(desk.take_over(Caller(other), case.key, case.revision, " ")) is RefusalCode.WORDS_NEEDED
    own = desk.take_over(Caller(agent), case.key, case.revision, "我自己的")
    assert await refusal(own) is RefusalCode.CASE_TAKEN
    case = await desk.take_over(Caller(other), case.key, case.revision, "同事病假")
    assert case.held_by_me
    assert case.dispute.events[-1].text == "同事病假"
    late = desk.decide(Caller(agent), case.key, case.revision, Determination.UPHELD, "属实")
    assert await refusal(late) is RefusalCode.CASE_TAKEN


async def test_what_is_no_dispute_is_closed_with_reasons_and_can_be_appealed(held: Held) -> None:
    world, me, agent, case = held
    desk = world.container.services.desk
    case = await desk.reject(Caller(agent), case.key, case.revision, "与这条记录无关。")
    assert case.dispute.state is DisputeState.REJECTED
    assert (await world.container.services.scores.current(me)).value == 490  # it counts again
    assert "与这条记录无关。" in " ".join(await Chat(world).pushes())
    dispute = await world.container.disputes.one(me, case.key)
    assert (dispute.explanation, dispute.can_appeal) == ("与这条记录无关。", True)
    dispute = await world.container.disputes.appeal(Caller(me), case.key, "请再看看。")
    assert dispute.state is DisputeState.SUBMITTED
    assert await refusal(desk.claim(Caller(agent), case.key)) is RefusalCode.FOUR_EYES
    assert (await world.container.services.scores.current(me)).value == 500


async def test_who_wrote_a_note_does_not_decide_the_appeal(held: Held) -> None:
    world, me, agent, case = held
    desk, other = world.container.services.desk, await world.hire("b", Kind.AGENT)
    await desk.note(Caller(other), case.key, "我认识这件事。")
    case = await desk.decide(Caller(agent), case.key, case.revision, Determination.UPHELD, "属实。")
    await world.container.disputes.appeal(Caller(me), case.key, "请再看看。")
    assert await refusal(desk.claim(Caller(other), case.key)) is RefusalCode.FOUR_EYES
    fresh = await world.hire("c", Kind.AGENT)
    case = await desk.claim(Caller(fresh), case.key)
    assert (case.score_now, case.score_with, case.inquiry) == (500, 490, None)


async def test_a_colleague_who_is_the_subject_reads_nothing_of_the_case(held: Held) -> None:
    world, _, _, case = held
    subject = await world.hire("subject", Kind.AGENT, YING)
    assert await refusal(world.container.services.desk.case(subject, case.key)) is RefusalCode.FOUR_EYES


async def test_notes_are_for_colleagues_only(held: Held) -> None:
    world, me, agent, case = held
    case = await world.container.services.desk.note(Caller(agent), case.key, "打过电话，没人接。")
    assert [(n.author, n.text) for n in case.notes] == [("a", "打过电话，没人接。")]
    assert "没人接" not in str(await world.container.disputes.one(me, case.key))
    assert "没人接" not in str(await world.export(me))
    assert "没人接" not in await Chat(world).say("进度")
    await world.container.enrolments.leave(Caller(me))
    assert await world.container.store["case_notes"].count_documents({}) == 0


@pytest.mark.parametrize(
    "text",
    [
        *(
            "D-2026-000001",
            "d-2026-000001",
            "Ｄ－2026－000001",
            "D–2026–000001",
            " D 2026 000001\u200b",
            "编号 D-2026-000001",
        ),
        *("陈小萤", "陈 小萤", "陈　小萤", "\ufeff陈小萤", "陈\u200b小萤"),
        *(YING.id_number, " ".join(YING.id_number), "350199-19900101-0015", "３５０１９９１９９００１０１００１５"),
        *(f"\u202d{YING.id_number}\u202c", "masked", "masked with blanks", "masked full-width"),
    ],
)
async def test_a_case_is_found_by_what_one_says_on_the_telephone(held: Held, text: str) -> None:
    world, me, agent, case = held
    masked = f"{YING.id_number[:4]}{'*' * 10}{YING.id_number[-4:]}"
    blanks = f" {masked[:6]} {masked[6:]}"
    forms = {"masked": masked, "masked with blanks": blanks, "masked full-width": masked.replace("*", "＊")}
    wanted = forms.get(text, text)
    found, more = await world.container.services.desk.search(agent, wanted)
    assert not more
    assert [c.key for c in found] == [case.key]
    log = await world.container.services.looks.access_log(me, Page(50, None))
    assert AccessAction.CASE_SEARCHED in {edge.node.action for edge in log.edges}


@pytest.mark.parametrize("text", ["D-2026-000099", "陈大萤", "350199199001010001", "3501**********9999", "", "{}"])
async def test_a_search_that_finds_nothing_is_logged_too_and_without_the_words(held: Held, text: str) -> None:
    world, _, agent, _ = held
    assert await world.container.services.desk.search(agent, text) == ([], False)
    (link,) = await world.container.store["audit"].find({"action": "cases.searched"}).to_list(None)
    assert link["chain"] == "desk:a"
    assert link["details"]["found"] == 0
    assert not text or text not in str(link)
    assert await audit.verify(world.container.store) == []


async def test_a_template_with_a_gap_is_not_sent(held: Held) -> None:
    world, _, agent, case = held
    ask = world.container.services.desk.ask_citizen(Caller(agent), case.key, case.revision, "请在【日期】前补充。")
    assert await refusal(ask) is RefusalCode.WORDS_UNFILLED


@pytest.mark.long
async def test_a_thousand_claims_at_once_never_give_a_case_to_two(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    desk = world.container.services.desk
    agents = [await world.hire(f"agent-{n}", Kind.AGENT) for n in range(10)]
    won = 0
    for _ in range(100):
        claims = (desk.claim(Caller(agent), dispute.key) for agent in agents)
        results = await asyncio.gather(*claims, return_exceptions=True)
        holders = [r.holder for r in results if isinstance(r, Case)]
        assert len(holders) == 1
        won += 1
        holder = next(agent for agent in agents if agent.id == holders[0])
        await desk.release(Caller(holder), dispute.key)
    assert won == 100
