"""Who looked at one's data, in words; the question why, answered by another person, or else with the auditor."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from schema.types.connection import Page
from schema.types.dispute import QueueFilter
from schema.types.enrolment import AccessAction, AccessEntry
from schema.types.errors import RefusalCode, Refused
from schema.types.look import LookedBy, LookQuestionState
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import DisputeReason
from server.demo.entities import entities
from server.enrolment.looks.naming import words
from server.platform.core.unit_of_work import A_DAY
from server.sources.register import register_rows
from tests.support.people import FAN, MOLI, YING, record
from tests.support.people import RECORDS as GOOD
from tests.support.world import World

PAGE = Page(20, None)
PARKING = record("traffic.illegal-parking", "2026-09-02", "T1")


class Looked:
    """A citizen with a dispute, and an agent who looked at it."""

    def __init__(self, world: World, me: Principal, agent: Principal, case: str) -> None:
        self.world = world
        self.me = me
        self.agent = agent
        self.case = case
        self.looks = world.container.looks

    async def look(self) -> None:
        await self.world.container.services.desk.case(self.agent, self.case)

    async def entries(self, by: LookedBy = LookedBy.OTHERS) -> list[AccessEntry]:
        return [edge.node for edge in (await self.looks.access_log(self.me, PAGE, by)).edges]

    async def ask(self) -> str:
        """Ask about the newest look; the question's id at the desk."""
        newest = (await self.entries())[0]
        await self.looks.ask(Caller(self.me), str(newest.id))
        return str((await self.looks.inquiries(LookQuestionState.OPEN, PAGE)).edges[-1].node.id)

    async def told(self) -> list[str]:
        return [kind for kind, _ in await self.world.told() if kind.startswith("look_")]


@pytest_asyncio.fixture
async def looked(world: World) -> Looked:
    me = await world.enrol(YING, PARKING)
    (held,) = (await world.container.services.records.of_citizen(me, PAGE)).edges
    await world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我", [])
    agent = await world.hire("agent", Kind.AGENT)
    (case,) = (await world.container.services.desk.queue(agent, QueueFilter.OPEN, PAGE)).edges
    made = Looked(world, me, agent, case.node.key)
    await made.look()
    return made


async def code_of(asked: Any) -> RefusalCode:
    with pytest.raises(Refused) as refused:
        await asked
    return refused.value.code


async def test_a_look_is_told_by_its_institution_and_purpose_and_ones_own_are_apart(looked: Looked) -> None:
    (other,) = await looked.entries()
    assert other.institution.zh == MOLI.city.office.name.zh
    assert "办理您的异议 D-2026-000001" in other.purpose.zh
    assert "Working on your dispute" in other.purpose.en
    assert other.can_ask
    mine = await looked.entries(LookedBy.ME)
    assert {entry.institution.zh for entry in mine} == {"您本人"}
    assert not any(entry.can_ask for entry in mine)
    everyone = await looked.entries(LookedBy.EVERYONE)
    assert len(everyone) == len(mine) + 1


async def test_nine_looks_of_two_minutes_are_one_line_with_their_number(looked: Looked) -> None:
    for _ in range(8):
        looked.world.clock.advance(seconds=14)
        await looked.look()
    (line,) = await looked.entries()
    assert line.count == 9
    looked.world.clock.advance(minutes=11)
    await looked.look()
    assert [entry.count for entry in await looked.entries()] == [1, 9]


async def test_pages_of_lines_neither_lose_nor_repeat_a_look(looked: Looked) -> None:
    for n in range(7):
        looked.world.clock.advance(minutes=4 if n % 2 else 20)
        await looked.look()
    whole = [(entry.id, entry.count) for entry in await looked.entries()]
    paged: list[tuple[Any, int]] = []
    after = None
    while True:
        page = await looked.looks.access_log(looked.me, Page(1, after), LookedBy.OTHERS)
        paged += [(edge.node.id, edge.node.count) for edge in page.edges]
        if not page.page_info.has_next_page:
            break
        after = str(page.edges[-1].node.first)
    assert paged == whole
    assert sum(count for _, count in whole) == 8
    assert await (await looked.looks.access_log(looked.me, PAGE, LookedBy.OTHERS)).total_count() == 8


def test_every_action_has_its_purpose_in_words() -> None:
    assert words().actions.keys() == {action.value for action in AccessAction}


async def test_a_search_is_told_in_words_and_not_by_a_code(looked: Looked) -> None:
    await looked.world.container.services.desk.search(looked.agent, YING.id_number)
    newest = (await looked.entries())[0]
    assert "按证件号码" in newest.purpose.zh
    assert "id_number" not in newest.purpose.zh + newest.purpose.en


async def test_a_pass_is_told_by_the_partner_that_saw_it(world: World) -> None:
    me = await world.enrol(YING, *GOOD)
    issued = await world.container.services.benefits.issue_pass(Caller(me), "library.deposit-free")
    assert issued.code is not None
    await world.container.services.benefits.redeem(Caller(Principal(Kind.PARTNER, "fz-library")), issued.code)
    (line,) = (await world.container.looks.access_log(me, PAGE, LookedBy.OTHERS)).edges
    assert line.node.institution.zh == "福州市图书馆"
    assert MOLI.benefits_by_code["library.deposit-free"].label.en in line.node.purpose.en
    assert (await world.container.looks.ask(Caller(me), str(line.node.id))).question is not None


async def test_a_source_is_told_by_its_name(looked: Looked) -> None:
    container = looked.world.container
    await container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    row = await container.store["audit"].find_one({"action": "case.viewed"})
    assert row is not None
    seen = {"role": "source", "by": "traffic-police", "action": "inquiry.read"}
    await container.store["audit"].update_one({"_id": row["_id"]}, {"$set": seen})
    (line,) = await looked.entries()
    known = await container.store["sources"].find_one({"_id": "traffic-police"})
    assert known is not None
    assert line.institution.zh == known["label"]["zh"]


async def test_a_question_is_answered_by_an_approver_and_stands_on_the_line(looked: Looked) -> None:
    question = await looked.ask()
    (line,) = await looked.entries()
    assert line.question is not None
    assert (line.question.state, line.question.due_on.isoformat()) == (LookQuestionState.OPEN, "2026-11-30")
    assert not line.can_ask
    await looked.looks.answer(Caller(looked.agent), question, "办理异议时查看")
    (line,) = await looked.entries()
    assert line.question is not None
    assert line.question.answer is None, "the one who looked does not answer alone"
    approver = await looked.world.hire("approver", Kind.APPROVER)
    answered = await looked.looks.answer(Caller(approver), question, "您提出异议后，由承办人查看。")
    assert (answered.statement, answered.answered_by) == ("办理异议时查看", "approver")
    (line,) = await looked.entries()
    assert line.question is not None
    assert line.question.answer == "您提出异议后，由承办人查看。"
    assert await looked.told() == ["look_explained"]
    assert await code_of(looked.looks.answer(Caller(approver), question, "再答一次")) is RefusalCode.CONFLICT


async def test_neither_another_agent_nor_the_one_who_looked_nor_the_citizen_answers(looked: Looked) -> None:
    question = await looked.ask()
    other = await looked.world.hire("other", Kind.AGENT)
    assert await code_of(looked.looks.answer(Caller(other), question, "不是我看的")) is RefusalCode.FOUR_EYES
    herself = await looked.world.hire("ying", Kind.APPROVER, YING)
    assert await code_of(looked.looks.answer(Caller(herself), question, "是我")) is RefusalCode.FOUR_EYES
    unknown = await looked.world.hire("unknown", Kind.APPROVER, known=False)
    assert await code_of(looked.looks.answer(Caller(unknown), question, "谁")) is RefusalCode.PERSON_UNKNOWN


async def test_the_same_person_with_an_approvers_account_only_writes_down_why(looked: Looked) -> None:
    row = await looked.world.container.store["staff"].find_one({"_id": "agent"})
    assert row is not None
    second = await looked.world.hire("second", Kind.APPROVER)
    await looked.world.container.store["staff"].update_one({"_id": "second"}, {"$set": {"id_index": row["id_index"]}})
    answered = await looked.looks.answer(Caller(second), await looked.ask(), "我自己看的")
    assert (answered.statement, answered.answer) == ("我自己看的", None)


async def test_a_look_of_an_account_that_is_gone_is_still_answered(looked: Looked) -> None:
    question = await looked.ask()
    await looked.world.container.store["staff"].delete_one({"_id": "agent"})
    approver = await looked.world.hire("approver", Kind.APPROVER)
    answered = await looked.looks.answer(Caller(approver), question, "当时的承办人办理异议时查看。")
    assert answered.state is LookQuestionState.ANSWERED


async def test_silence_goes_to_the_auditor_and_the_citizen_is_told_once(looked: Looked) -> None:
    question = await looked.ask()
    looked.world.clock.advance(days=7)
    assert await looked.looks.escalate() == 0
    looked.world.clock.advance(days=1)
    assert await looked.looks.escalate() == 1
    assert await looked.looks.escalate() == 0
    assert await looked.told() == ["look_unanswered"]
    (overdue,) = (await looked.looks.inquiries(LookQuestionState.OVERDUE, PAGE)).edges
    assert str(overdue.node.id) == question
    approver = await looked.world.hire("approver", Kind.APPROVER)
    await looked.looks.answer(Caller(approver), question, "迟了，很抱歉。")
    assert (await looked.looks.inquiries(LookQuestionState.OVERDUE, PAGE)).edges == []
    assert sorted(await looked.told()) == ["look_explained", "look_unanswered"]


async def test_a_look_is_asked_about_once_and_later_looks_are_a_line_of_their_own(looked: Looked) -> None:
    (line,) = await looked.entries()
    await looked.looks.ask(Caller(looked.me), str(line.id))
    await looked.looks.ask(Caller(looked.me), str(line.id))
    assert await looked.world.container.store["look_questions"].count_documents({}) == 1
    looked.world.clock.advance(seconds=30)
    await looked.look()
    newest, asked = await looked.entries()
    assert (newest.count, newest.can_ask, asked.can_ask) == (1, True, False)


async def test_own_looks_and_those_of_the_system_cannot_be_asked_about(looked: Looked) -> None:
    mine = (await looked.entries(LookedBy.ME))[0]
    assert await code_of(looked.looks.ask(Caller(looked.me), str(mine.id))) is RefusalCode.LOOK_NOT_ASKABLE
    for wrong in ("0", "999", "x", "一", "9" * 30):
        assert await code_of(looked.looks.ask(Caller(looked.me), wrong)) is RefusalCode.NOT_FOUND


async def test_no_one_asks_about_looks_at_others(looked: Looked) -> None:
    (line,) = await looked.entries()
    fan = await looked.world.enrol(FAN, openid="o-fan")
    assert await code_of(looked.looks.ask(Caller(fan), str(line.id))) is RefusalCode.NOT_FOUND


async def test_so_many_questions_a_day(looked: Looked) -> None:
    async def ask_about_the_next() -> None:
        looked.world.clock.advance(minutes=11)
        await looked.look()
        await looked.looks.ask(Caller(looked.me), str((await looked.entries())[0].id))

    for _ in range(A_DAY["ask_about_look"]):
        await ask_about_the_next()
    assert await code_of(ask_about_the_next()) is RefusalCode.DAILY_LIMIT


async def test_an_export_has_the_answer_and_not_who_looked_and_leaving_deletes_it(looked: Looked) -> None:
    question = await looked.ask()
    await looked.looks.answer(Caller(looked.agent), question, "内部说明")
    approver = await looked.world.hire("approver", Kind.APPROVER)
    await looked.looks.answer(Caller(approver), question, "为办理异议。")
    (shown,) = (await looked.world.export(looked.me))["look_questions"]
    assert shown["answer"] == "为办理异议。"
    assert "agent" not in str(shown)
    assert "内部说明" not in str(shown)
    await looked.world.container.services.enrolments.leave(Caller(looked.me))
    assert await looked.world.container.store["look_questions"].count_documents({}) == 0
