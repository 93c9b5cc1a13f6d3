"""Choices: data that is typed or tapped; a tap answers its own question, and no other."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogs.choices import MOST, Choice, Menu, as_text, entry_id, meant_by, read_command, read_entry
from bot.dialogs.engine import take_turn, tap, welcome
from bot.dialogs.flow import Conversation
from bot.dialogs.flows import FLOWS
from bot.phrases import phrase
from tests.bot.dialogs.api import CONFIRM, Api, talk

OFFERING = [(flow, step) for flow in FLOWS.values() for step in flow.steps.values() if step.choices("zh")]
AT_CONFIRM = CONFIRM.model_copy(update={"token": "0123456789abcdef"})
FILED = {
    "openDispute": {"dispute": {"number": "D-2026-000001", "points": 0, "dueOn": "2026-12-18", "receiptUrl": None}}
}

NOBODY = Api(Score={"me": None}, Lines={"me": None}, PublicBenefits={"benefits": {"edges": []}}, Benefits={"me": None})


def opened(api: Api) -> int:
    """How many disputes were filed."""
    return sum(name == "OpenDispute" for name, _ in api.asked)


async def menu_of(state: Conversation, said: str, api: Api) -> tuple[Menu, Conversation]:
    turn = await take_turn(state, said, api)
    assert turn.menu is not None
    return turn.menu, turn.conversation


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_a_choice_reads_like_is_understood_where_it_is_offered(language: str) -> None:
    assert len(OFFERING) > 12
    for _, step in OFFERING:
        offered = step.choices(language)
        assert [meant_by(offered, one.content) for one in offered] == [one.said for one in offered]
        assert len({one.content for one in offered}) == len(offered)


async def test_an_answer_says_its_choices_once_and_has_them_as_a_menu() -> None:
    turn = await take_turn(Conversation(), "绑定", Api())
    assert turn.text is not None
    assert turn.text.endswith("【1】同意　【2】不同意\n【3】看全文　【4】只看记录、不算分")
    assert turn.menu is not None
    assert "【1】" not in turn.menu.head
    assert [content for _, content in turn.menu.entries] == ["同意", "不同意", "看全文", "只看记录、不算分"]
    assert turn.menu.entries[0][0] == f"bind.consent.{turn.conversation.token[:8]}.1"


async def test_a_tap_answers_the_question_that_is_open() -> None:
    api = Api()
    menu, state = await menu_of(Conversation(), "绑定", api)
    entry, content = menu.entries[0]
    turn = await take_turn(state, content, api, entry=entry)
    assert turn.conversation.step == "name"


async def test_a_tap_files_once_however_often_the_entry_is_tapped() -> None:
    api = Api(OpenDispute=FILED)
    turn = await take_turn(AT_CONFIRM, "确认 提交", api, entry="dispute.confirm.01234567.1")
    assert "D-2026-000001" in (turn.text or "")
    again = await take_turn(turn.conversation, "确认 提交", api, entry="dispute.confirm.01234567.1")
    assert again.text == phrase("zh", "home.question_over")
    assert opened(api) == 1


@pytest.mark.parametrize(
    "entry",
    [
        "dispute.confirm.fedcba98.1",
        "dispute.photos.01234567.1",
        "repair.confirm.01234567.1",
        "dispute.confirm.01234567.9",
        "dispute.offer.01234567.1",
    ],
)
async def test_a_tap_on_an_old_menu_answers_no_other_question(entry: str) -> None:
    api = Api(OpenDispute=FILED)
    turn = await take_turn(AT_CONFIRM, "确认 提交", api, entry=entry)
    assert (turn.text or "").startswith(phrase("zh", "home.question_over"))
    assert (turn.text or "").endswith("【确认】提交　【返回】修改　【取消】")
    assert (turn.conversation.flow, turn.conversation.step) == ("dispute", "confirm")
    assert opened(api) == 0


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entry=st.text(max_size=60) | st.from_regex(r"[a-z_]{1,9}\.[a-z_]{1,9}\.[0-9a-f]{8}\.[0-9]", fullmatch=True))
async def test_no_made_up_entry_files_anything(entry: str) -> None:
    api = Api(OpenDispute=FILED)
    turn = await take_turn(AT_CONFIRM, "同意", api, entry=entry)
    assert turn.text
    assert opened(api) == 0


@given(st.text(max_size=200))
def test_what_is_read_of_an_entry_is_what_was_written(entry: str) -> None:
    found, command = read_entry(entry), read_command(entry)
    assert found is None or entry_id(*found) == entry
    assert command == "" or entry == f"go.{command}"


async def test_where_the_platform_does_not_tell_the_entry_its_words_count() -> None:
    api = Api(OpenDispute=FILED)
    turn = await take_turn(AT_CONFIRM, "返回 修改", api, entry="0")
    assert turn.conversation.step == "words"
    assert opened(api) == 0
    await take_turn(AT_CONFIRM, "确认 提交", api, entry="0")
    assert opened(api) == 1


async def test_an_offer_to_leave_is_a_question_of_its_own() -> None:
    api = Api()
    _, state = await talk(api, "绑定", "1", "陈小萤")
    turn = await take_turn(state, "权益", api)
    assert turn.menu is not None
    assert [content for _, content in turn.menu.entries] == ["先看权益", "继续绑定"]
    on, going_on = turn.menu.entries[1], await take_turn(turn.conversation, "今天天气怎么样", api)
    assert going_on.conversation.offered is None
    late = await take_turn(going_on.conversation, on[1], api, entry=on[0])
    assert (late.text or "").startswith(phrase("zh", "home.question_over"))
    chosen = await take_turn(turn.conversation, on[1], api, entry=on[0])
    assert chosen.conversation.flow == "bind"
    assert chosen.conversation.offered is None


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_is_offered_without_a_question_is_a_command_wherever_its_person_is(language: str) -> None:
    hello = await take_turn(Conversation(language=language), "hello", Api())
    first = await welcome(Conversation(language=language), Api())
    for menu in (hello.menu, first.menu):
        assert menu is not None
        for entry, content in menu.entries:
            typed = await take_turn(Conversation(language=language), content, NOBODY, entry="0")
            tapped = await take_turn(Conversation(language=language), content, NOBODY, entry=entry)
            of_menu = await tap(Conversation(language=language), read_command(entry), NOBODY)
            assert typed.text == tapped.text == of_menu.text, content


async def test_a_command_of_an_old_menu_never_becomes_an_answer() -> None:
    api = Api(OpenDispute=FILED)
    turn = await take_turn(AT_CONFIRM, "权益 用优惠", api, entry="go.benefits")
    assert (turn.text or "").startswith("异议还没办完。")
    assert opened(api) == 0
    made_up = await take_turn(AT_CONFIRM, "确认", api, entry="go.confirm")
    assert opened(api) == 1  # the words were typed, whatever the entry says
    assert made_up.conversation.flow is None


async def test_an_answer_that_goes_on_is_no_menu() -> None:
    long = replace_label(AT_CONFIRM, "长" * 900)
    turn = await take_turn(long, "什么", Api())
    assert turn.menu is not None
    shown = await take_turn(long, "English", Api())
    assert shown.menu is None
    assert shown.conversation.more


def replace_label(state: Conversation, label: str) -> Conversation:
    return state.model_copy(update={"data": {**state.data, "label": label}})


async def test_of_five_reasons_four_are_tapped_and_the_last_is_typed() -> None:
    turn = await take_turn(AT_CONFIRM.model_copy(update={"step": "reason"}), "嗯嗯", Api())
    assert (turn.text or "").endswith("3 已经处理或缴清\n4 不该再留着（重复、过期或已撤销）\n5 其他")
    assert turn.menu is not None
    assert len(turn.menu.entries) == MOST
    assert turn.menu.tail == "5 其他"
    entry, content = turn.menu.entries[1]
    chosen = await take_turn(turn.conversation, content, Api(), entry=entry)
    assert (chosen.conversation.step, chosen.conversation.data["reason"]) == ("words", "WRONG_FACTS")


def test_more_than_can_be_tapped_are_a_list() -> None:
    offered = [Choice(str(n), f"第{n}") for n in range(1, MOST + 2)]
    assert as_text("zh", offered).split("\n")[-1] == "5 第5"
