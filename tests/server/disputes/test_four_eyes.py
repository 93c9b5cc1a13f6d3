"""Four eyes are two people who see: one ID number is one person, and an approval names what it approves."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from schema.types.dispute import Case, QueueFilter
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import Determination, DisputeState, Finding
from scoring.identity import Identity
from server.cli.staff import change_staff
from tests.support.disputes import PAGE, PARKING, file, refusal
from tests.support.people import FAN, YING, id_number
from tests.support.world import World

CHEN = Identity("陈专员", id_number("19850505"), "13900007777")
Step = Callable[[World, Principal, Case], Awaitable[object]]


@pytest.fixture
async def filed(world: World) -> tuple[World, Principal, str]:
    """A dispute that waits: the world, its citizen, its key."""
    me = await world.enrol(YING, PARKING)
    return world, me, (await file(world, me)).key


async def proposed(world: World, key: str, by: Principal, determination: Determination = Determination.DELETED) -> Case:
    """The case after this account claimed it and proposed an outcome."""
    desk = world.container.services.desk
    case = await desk.claim(Caller(by), key)
    return await desk.decide(Caller(by), key, case.revision, determination, "过户单属实。")


async def set_person(world: World, account: str, person: Identity) -> None:
    """As `egret staff person` does."""
    values = {"id_index": world.container.citizens.id_index(person.id_number)}
    assert await world.container.staff.accounts.change(account, "staff.person", values)


async def said(call: Awaitable[object]) -> tuple[RefusalCode, str]:
    """The code and the Chinese sentence of a refusal."""
    with pytest.raises(Refused) as refused:
        await call
    return refused.value.code, refused.value.sentence("zh")


def _typed(text: str) -> Callable[[str], str]:
    return lambda _question: text


# Accounts without a person

STEPS: dict[str, Step] = {
    "claim": lambda w, p, c: w.container.services.desk.claim(Caller(p), c.key),
    "release": lambda w, p, c: w.container.services.desk.release(Caller(p), c.key),
    "take over": lambda w, p, c: w.container.services.desk.take_over(Caller(p), c.key, c.revision, "同事病假"),
    "note": lambda w, p, c: w.container.services.desk.note(Caller(p), c.key, "打过电话"),
    "ask citizen": lambda w, p, c: w.container.services.desk.ask_citizen(Caller(p), c.key, c.revision, "请补充"),
    "ask source": lambda w, p, c: w.container.services.desk.ask_source(Caller(p), c.key, c.revision, "请核对"),
    "log call": lambda w, p, c: w.container.services.desk.log_call(
        Caller(p), c.key, c.revision, "王科长", Finding.WRONG, "已过户"
    ),
    "extend": lambda w, p, c: w.container.services.desk.extend(Caller(p), c.key, c.revision, "等档案"),
    "reject": lambda w, p, c: w.container.services.desk.reject(Caller(p), c.key, c.revision, "与记录无关"),
    "decide": lambda w, p, c: w.container.services.desk.decide(
        Caller(p), c.key, c.revision, Determination.UPHELD, "属实"
    ),
    "approve": lambda w, p, c: w.container.services.desk.approve(Caller(p), c.key, c.revision, Determination.DELETED),
    "send back": lambda w, p, c: w.container.services.desk.send_back(Caller(p), c.key, c.revision, "请补依据"),
}


@pytest.mark.parametrize("state", ["submitted", "own", "a colleague's", "proposed"])
async def test_an_account_without_a_known_person_takes_no_step_and_may_read(
    filed: tuple[World, Principal, str], state: str, subtests: pytest.Subtests
) -> None:
    world, _, key = filed
    agent, unknown = await world.hire("a", Kind.AGENT), await world.hire("u", Kind.APPROVER, known=False)
    desk = world.container.services.desk
    if state == "own":  # from before the rule
        await desk.claim(Caller(agent), key)
        await world.container.store["disputes"].update_one({"_id": key}, {"$set": {"holder": "u"}})
    elif state == "a colleague's":
        await desk.claim(Caller(agent), key)
    elif state == "proposed":
        await proposed(world, key, agent)
    case = await desk.case(unknown, key)
    before = await world.container.store["disputes"].find_one({"_id": key})
    for name, step in STEPS.items():
        with subtests.test(name):
            code, sentence = await said(step(world, unknown, case))
            assert code is RefusalCode.PERSON_UNKNOWN
            assert "egret staff person u" in sentence
    assert await world.container.store["disputes"].find_one({"_id": key}) == before
    assert await world.container.store["case_notes"].count_documents({}) == 0


async def test_once_the_person_is_known_the_account_works(filed: tuple[World, Principal, str]) -> None:
    world, _, key = filed
    unknown = await world.hire("u", Kind.AGENT, known=False)
    assert await refusal(world.container.services.desk.claim(Caller(unknown), key)) is RefusalCode.PERSON_UNKNOWN
    await set_person(world, "u", CHEN)
    assert (await world.container.services.desk.claim(Caller(unknown), key)).held_by_me


async def test_what_an_unknown_person_proposed_before_is_not_approved_until_it_is_known_who_that_was(
    filed: tuple[World, Principal, str],
) -> None:
    world, _, key = filed
    agent, approver = await world.hire("a", Kind.AGENT), await world.hire("b", Kind.APPROVER)
    case = await proposed(world, key, agent)
    store = world.container.store
    await store["staff"].update_one({"_id": "a"}, {"$set": {"id_index": None}})
    await store["disputes"].update_one({"_id": key}, {"$unset": {"hands": ""}})  # as older releases left it
    desk = world.container.services.desk
    code, sentence = await said(desk.approve(Caller(approver), key, case.revision, Determination.DELETED))
    assert (code, "账号 a 是谁" in sentence) == (RefusalCode.PERSON_UNKNOWN, True)
    await set_person(world, "a", CHEN)
    case = await desk.approve(Caller(approver), key, case.revision, Determination.DELETED)
    assert case.dispute.state is DisputeState.RESOLVED


# One person, several accounts


async def test_two_accounts_of_one_person_do_not_change_a_record(filed: tuple[World, Principal, str]) -> None:
    world, me, key = filed
    first, second = await world.hire("chen", Kind.APPROVER, CHEN), await world.hire("chen-2", Kind.APPROVER, CHEN)
    case = await proposed(world, key, first)
    desk = world.container.services.desk
    for step in (
        desk.approve(Caller(second), key, case.revision, Determination.DELETED),
        desk.send_back(Caller(second), key, case.revision, "再看看"),
    ):
        assert await refusal(step) is RefusalCode.FOUR_EYES
    seen = await desk.case(second, key)
    assert seen.proposed_by_me
    assert seen.proposal is not None
    assert not seen.proposal.can_approve
    assert (await desk.queue(second, QueueFilter.TO_APPROVE, PAGE)).edges == []
    assert len((await world.container.services.records.of_citizen(me, PAGE)).edges) == 1
    other = await world.hire("d", Kind.APPROVER)
    assert len((await desk.queue(other, QueueFilter.TO_APPROVE, PAGE)).edges) == 1
    assert (await desk.approve(Caller(other), key, case.revision, Determination.DELETED)).proposal is None


async def test_the_letters_of_an_id_number_make_no_second_person(filed: tuple[World, Principal, str]) -> None:
    world, _, key = filed
    number = next(n for n in (id_number("19850505", k) for k in range(1, 200)) if n.endswith("X"))
    first = await world.hire("x", Kind.AGENT, known=False)
    second = await world.hire("x-2", Kind.APPROVER, known=False)
    for account, text in (("x", number), ("x-2", number.lower())):
        await change_staff(world.container, Namespace(action="person", account=account), _typed(text))
    case = await proposed(world, key, first)
    approve = world.container.services.desk.approve(Caller(second), key, case.revision, Determination.DELETED)
    assert await refusal(approve) is RefusalCode.FOUR_EYES


async def test_anyone_who_is_moved_to_another_account_afterwards_stays_who_they_were(
    filed: tuple[World, Principal, str],
) -> None:
    """An account that stands for someone else by now does not make two people of one."""
    world, _, key = filed
    first = await world.hire("chen", Kind.AGENT, CHEN)
    case = await proposed(world, key, first)
    await set_person(world, "chen", FAN)
    second = await world.hire("chen-2", Kind.APPROVER, CHEN)
    desk = world.container.services.desk
    approve = desk.approve(Caller(second), key, case.revision, Determination.DELETED)
    assert await refusal(approve) is RefusalCode.FOUR_EYES
    third = await world.hire("fan", Kind.APPROVER, FAN)
    approve = desk.approve(Caller(third), key, case.revision, Determination.DELETED)
    assert await refusal(approve) is RefusalCode.FOUR_EYES


async def test_an_appeal_goes_to_other_people_and_not_to_other_accounts(
    filed: tuple[World, Principal, str],
) -> None:
    world, me, key = filed
    desk = world.container.services.desk
    agent, noted = await world.hire("a", Kind.AGENT, CHEN), await world.hire("n", Kind.AGENT, FAN)
    await desk.note(Caller(noted), key, "我认识这件事。")
    await proposed(world, key, agent, Determination.UPHELD)
    await world.container.disputes.appeal(Caller(me), key, "请再看看。")
    second, third = await world.hire("a-2", Kind.APPROVER, CHEN), await world.hire("n-2", Kind.APPROVER, FAN)
    fresh = await world.hire("c", Kind.AGENT)
    for same in (agent, noted, second, third):
        code, sentence = await said(desk.claim(Caller(same), key))
        assert (code, "对您所作答复的复核" in sentence) == (RefusalCode.FOUR_EYES, True)
    case = await desk.claim(Caller(fresh), key)
    for same in (second, third):
        over = desk.take_over(Caller(same), key, case.revision, "同事病假")
        assert await refusal(over) is RefusalCode.FOUR_EYES
    case = await desk.decide(Caller(fresh), key, case.revision, Determination.DELETED, "属实。")
    for same in (second, third):
        approve = desk.approve(Caller(same), key, case.revision, Determination.DELETED)
        assert await refusal(approve) is RefusalCode.FOUR_EYES
        assert (await desk.queue(same, QueueFilter.OPEN, PAGE)).edges
    assert (await desk.queue(agent, QueueFilter.TO_APPROVE, PAGE)).edges == []


async def test_a_case_is_not_taken_over_from_another_account_of_ones_own(
    filed: tuple[World, Principal, str],
) -> None:
    world, _, key = filed
    desk = world.container.services.desk
    first, second = await world.hire("chen", Kind.AGENT, CHEN), await world.hire("chen-2", Kind.AGENT, CHEN)
    case = await desk.claim(Caller(first), key)
    code, sentence = await said(desk.take_over(Caller(second), key, case.revision, "换账号"))
    assert (code, "另一个账号" in sentence) == (RefusalCode.FOUR_EYES, True)


@pytest.mark.parametrize("account", ["ying", "ying-2"])
async def test_the_subject_works_on_their_own_case_with_no_account_and_reads_nothing_of_it(
    filed: tuple[World, Principal, str], account: str
) -> None:
    world, _, key = filed
    subject = {name: await world.hire(name, Kind.APPROVER, YING) for name in ("ying", "ying-2")}[account]
    case = await proposed(world, key, await world.hire("a", Kind.AGENT))
    assert await refusal(world.container.services.desk.case(subject, key)) is RefusalCode.FOUR_EYES
    for name, step in STEPS.items():
        code, sentence = await said(step(world, subject, case))
        assert (code, "您是当事人" in sentence) == (RefusalCode.FOUR_EYES, True), name


async def test_who_had_a_hand_in_a_case_is_told_to_no_citizen(filed: tuple[World, Principal, str]) -> None:
    world, me, key = filed
    await proposed(world, key, await world.hire("a", Kind.AGENT, CHEN))
    (row,) = await world.container.store["disputes"].find({}).to_list(None)
    person = world.container.citizens.id_index(CHEN.id_number)
    assert row["hands"] == [{"account": "a", "person": person}]
    assert CHEN.id_number not in str(row)
    held = str(await world.export(me))
    assert "hands" not in held
    assert person.hex() not in held


# What the approver sees, and names


@pytest.mark.parametrize("determination", [Determination.DELETED, Determination.CORRECTED, Determination.UNVERIFIABLE])
async def test_the_approver_sees_outcome_effect_and_reason(
    filed: tuple[World, Principal, str], determination: Determination
) -> None:
    world, me, key = filed
    await proposed(world, key, await world.hire("a", Kind.AGENT), determination)
    approver, desk = await world.hire("b", Kind.APPROVER), world.container.services.desk
    case = await desk.case(approver, key)
    seen = case.proposal
    assert seen is not None
    assert (seen.determination, seen.explanation, seen.proposed_by) == (determination, "过户单属实。", "a")
    assert (seen.changes_record, seen.can_approve) == (True, True)
    assert seen.proposed_at == case.dispute.events[-1].at
    assert (seen.score_now, seen.score_after, case.score_with) == (500, 500, 490)
    assert case.dispute.determination is None, "it is no decision yet"
    case = await desk.approve(Caller(approver), key, case.revision, determination)
    assert (case.dispute.determination, case.proposal) == (determination, None)
    assert (await world.container.services.scores.current(me)).value == seen.score_after


async def test_the_api_shows_what_is_proposed_and_takes_no_approval_that_names_nothing(
    filed: tuple[World, Principal, str],
) -> None:
    world, _, key = filed
    case = await proposed(world, key, await world.hire("a", Kind.AGENT))
    await world.hire("b", Kind.APPROVER)
    token = await world.staff_token("b")
    asked = """query($id: ID!) { case(id: $id) { proposal { determination explanation proposedBy
        changesRecord scoreNow scoreAfter canApprove } } }"""
    answer = await world.ask(asked, token=token, id=case.id)
    assert answer["data"]["case"]["proposal"] == {
        "determination": "DELETED",
        "explanation": "过户单属实。",
        "proposedBy": "a",
        "changesRecord": True,
        "scoreNow": 500,
        "scoreAfter": 500,
        "canApprove": True,
    }
    blind = "mutation($id: ID!, $r: Int!) { approveCase(input: {id: $id, revision: $r}) { __typename } }"
    refused = await world.ask(blind, token=token, id=case.id, r=case.revision)
    assert refused["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    listed = await world.ask("{ cases { edges { node { proposal { determination } } } } }", token=token)
    assert listed["data"]["cases"]["edges"][0]["node"]["proposal"] is None, "a list is no look at a case"


async def test_another_outcome_than_the_one_that_is_named_is_not_approved(
    filed: tuple[World, Principal, str],
) -> None:
    world, me, key = filed
    case = await proposed(world, key, await world.hire("a", Kind.AGENT), Determination.CORRECTED)
    approver, desk = await world.hire("b", Kind.APPROVER), world.container.services.desk
    others = [d for d in Determination if d is not Determination.CORRECTED]
    for named in others:
        approve = desk.approve(Caller(approver), key, case.revision, named)
        assert await refusal(approve) is RefusalCode.OUTCOME_CHANGED
    assert (await desk.case(approver, key)).dispute.state is DisputeState.PROPOSED
    assert len((await world.container.services.records.of_citizen(me, PAGE)).edges) == 1


async def test_an_approval_of_what_was_proposed_before_is_refused(filed: tuple[World, Principal, str]) -> None:
    world, _, key = filed
    agent, approver = await world.hire("a", Kind.AGENT), await world.hire("b", Kind.APPROVER)
    desk = world.container.services.desk
    seen = await proposed(world, key, agent)
    case = await desk.send_back(Caller(approver), key, seen.revision, "依据不足")
    case = await desk.decide(Caller(agent), key, case.revision, Determination.CORRECTED, "日期有误。")
    for revision in (seen.revision, case.revision):
        approve = desk.approve(Caller(approver), key, revision, Determination.DELETED)
        code = RefusalCode.CONFLICT if revision == seen.revision else RefusalCode.OUTCOME_CHANGED
        assert await refusal(approve) is code
    case = await desk.approve(Caller(approver), key, case.revision, Determination.CORRECTED)
    assert case.dispute.determination is Determination.CORRECTED


async def test_an_idempotency_key_approves_one_outcome(filed: tuple[World, Principal, str]) -> None:
    world, _, key = filed
    case = await proposed(world, key, await world.hire("a", Kind.AGENT))
    approver, desk = await world.hire("b", Kind.APPROVER), world.container.services.desk
    await desk.approve(Caller(approver, "k"), key, case.revision, Determination.DELETED)
    again: Any = desk.approve(Caller(approver, "k"), key, case.revision, Determination.DELETED)
    assert (await again).dispute.determination is Determination.DELETED
    other = desk.approve(Caller(approver, "k"), key, case.revision, Determination.CORRECTED)
    assert await refusal(other) is RefusalCode.KEY_REUSED
