"""The dialog engine, by playing both sides: what is said in, and what the API answers."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogs.commands import command, global_word
from bot.dialogs.engine import FLOWS, take_turn, tap, welcome
from bot.dialogs.flow import AskedError, Conversation, Data, number, plain

TEXT = {"zh": "茉莉分", "en": "Moli score"}
HOME = {"scheme": {"version": {"name": TEXT}}, "me": None}
CONSENT = {
    "scheme": {"version": {"name": TEXT}},
    "consentText": {"version": "2026-1", "points": [TEXT], "full": {"zh": "全文", "en": "full"}},
}
ACCEPTED = {"checkIdentity": {"__typename": "IdentityAccepted", "masked": "*"}}


BINDING = ("绑定", "1", "陈小萤", "350199199001010015")


class Api:
    """Answers operations by name and remembers what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {
            "Home": HOME,
            "ConsentText": CONSENT,
            "CheckIdentity": ACCEPTED,
            "OpenBindingForm": {"openBindingForm": {"__typename": "Address", "url": "https://egret.test/h5/bind/t"}},
            **answers,
        }
        self.asked: list[tuple[str, Data]] = []

    async def __call__(self, name: str, variables: Data) -> Data:
        self.asked.append((name, variables))
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        found: Data = answer
        return found


async def talk(api: Api, *said: str | None, start: Conversation | None = None) -> tuple[str, Conversation]:
    """Say several things; the last answer and the state after it."""
    state, text = start or Conversation(), ""
    for words in said:
        turn = await take_turn(state, words, api)
        state, text = turn.conversation, turn.text or ""
    return text, state


@pytest.mark.parametrize("typed", ["1", "１", "①", "一", " 1 ", "【1】"])
def test_numbers_are_the_same_however_they_are_typed(typed: str) -> None:
    assert number(typed) == 1


@pytest.mark.parametrize("typed", ["", "1a", "-1", "1.5", "1000", "壹"])
def test_what_is_no_number(typed: str) -> None:
    assert number(typed) is None


def test_commands_have_brackets_cases_and_widths() -> None:
    assert plain("【查询】") == "查询"
    assert global_word("ＨＥＬＰ") == "help"
    assert command("Dispute 3") is not None
    found = command("异议３")
    assert found is not None
    assert (found.flow, found.argument) == ("dispute", "3")
    assert command("异议申请书怎么写") is None


async def test_the_welcome_has_the_promise() -> None:
    turn = await welcome(Conversation(), Api())
    assert "自愿参加，只带来优惠，不带来处罚；随时可以退出" in (turn.text or "")


async def test_unknown_words_are_answered_with_what_is_possible() -> None:
    text, _ = await talk(Api(), "今天天气怎么样")
    assert "【查询】【明细】【权益】" in text


@pytest.mark.parametrize("flow", sorted(set(FLOWS) - {"bind"}))
async def test_whatever_needs_an_identity_offers_to_bind(flow: str) -> None:
    asked = ("Score", "Lines", "History", "Disputes", "AccessLog", "Privacy", "Benefits", "Outlook")
    api = Api(**{name: {"me": None} for name in asked}, PublicBenefits={"benefits": {"edges": []}})
    turn = await tap(Conversation(), flow, api)
    assert "绑定" in (turn.text or "")
    assert turn.conversation.flow is None


@pytest.mark.parametrize(
    "steps",
    [("绑定",), ("绑定", "1"), ("绑定", "1", "陈小萤"), ("绑定", "1", "陈小萤", "350199199001010015")],
)
@pytest.mark.parametrize(
    ("word", "expected", "goes_on"),
    [
        ("取消", "已停下", False),
        ("帮助", "我可以", True),
        ("菜单", "您正在绑定", True),
        ("人工", "12345", True),
        ("HELP", "我可以", True),
    ],
)
async def test_global_words_work_at_every_step(steps: tuple[str, ...], word: str, expected: str, goes_on: bool) -> None:
    before = (await talk(Api(), *steps))[1]
    text, after = await talk(Api(), word, start=before)
    assert expected in text
    assert (after.flow, after.step) == (("bind", before.step) if goes_on else (None, ""))


async def test_back_goes_one_step_back_and_at_the_first_step_home() -> None:
    text, state = await talk(Api(), "绑定", "1", "陈小萤", "返回")
    assert "姓名" in text
    assert state.step == "name"
    text, state = await talk(Api(), "返回", "返回", start=state)
    assert state.flow is None
    assert "【查询】" in text


async def test_help_spends_no_try() -> None:
    refusal = {
        "checkIdentity": {
            "__typename": "Refusal",
            "code": "NAME_INVALID",
            "message": {"zh": "姓名不对", "en": "no"},
        }
    }
    api = Api(CheckIdentity=refusal)
    _, state = await talk(api, "绑定", "1", "x", "x", "帮助")
    assert state.failures == 2
    text, state = await talk(api, "x", start=state)
    assert "姓名不对" in text
    assert "【人工】请人帮忙" in text


async def test_a_tap_in_the_middle_asks_before_it_leaves() -> None:
    state = (await talk(Api(), "绑定", "1", "陈小萤"))[1]
    turn = await tap(state, "benefits", Api())
    assert "【1】去看权益　【2】继续绑定" in (turn.text or "")
    text, back = await talk(Api(), "2", start=turn.conversation)
    assert "公民身份号码" in text
    assert back.step == "id_number"
    api = Api(Benefits={"me": None}, PublicBenefits={"benefits": {"edges": []}})
    text, gone = await talk(api, "1", start=turn.conversation)
    assert "普通渠道" in text
    assert gone.flow is None


async def test_an_answer_other_than_1_or_2_is_an_answer_to_the_question_that_was_open() -> None:
    state = (await talk(Api(), "绑定", "1", "陈小萤", "查询"))[1]
    assert state.offered == "score"
    _, state = await talk(Api(), "350199199001010015", start=state)
    assert state.step == "phone"


async def test_voice_in_the_middle_of_binding_repeats_the_question() -> None:
    text, state = await talk(Api(), "绑定", "1", "陈小萤", None)
    assert "需要文字" in text
    assert "公民身份号码" in text
    assert state.step == "id_number"


async def test_a_flow_renewed_by_an_upgrade_starts_again() -> None:
    old = Conversation(flow="bind", version=0, step="name")
    text, state = await talk(Api(), "陈小萤", start=old)
    assert "流程已更新" in text
    assert state.flow is None


async def test_a_refused_operation_is_said_in_the_persons_language() -> None:
    api = Api(Score=AskedError("NOT_ENROLLED", "您还没有开通。", "You have not joined."))
    assert (await talk(api, "查询"))[0] == "您还没有开通。"
    assert "You have not joined." in (await talk(api, "English", "score"))[0]


async def test_a_failed_turn_leaves_the_conversation_as_it_was() -> None:
    before = (await talk(Api(), "绑定", "1"))[1]
    with pytest.raises(RuntimeError):
        await take_turn(before, "陈小萤", Api(CheckIdentity=RuntimeError("down")))
    assert before.step == "name"
    assert before.data == {"consent": "2026-1"}


async def test_declining_the_consent_keeps_nothing() -> None:
    text, state = await talk(Api(), "绑定", "2")
    assert "没有保存任何内容" in text
    assert state == Conversation()


async def test_the_full_consent_can_be_read_first() -> None:
    text, state = await talk(Api(), "绑定", "3")
    assert "全文" in text
    assert (await talk(Api(), "1", start=state))[1].step == "name"


async def test_the_id_number_is_forgotten_as_soon_as_the_code_is_sent() -> None:
    started = {"startBinding": {"__typename": "BindingStarted", "attempt": "a", "maskedPhone": "139****5678"}}
    api = Api(StartBinding=started)
    text, state = await talk(api, "绑定", "1", "陈小萤", "350199199001010015", "13900005678")
    assert "尾号 5678" in text
    assert "id_number" not in state.data
    assert api.asked[-1][1]["input"]["idNumber"] == "350199199001010015"


async def test_long_answers_are_paged() -> None:
    rows = [{"node": {"rule": "r", "declined": False, "label": {"zh": "项目" * 300, "en": "x"}}} for _ in range(3)]
    me = {"optionalItems": {"edges": rows}}
    turn = await take_turn(Conversation(), "可选", Api(Privacy={"me": me}))
    assert "回复【更多】" in (turn.text or "")
    assert len((turn.text or "").encode()) <= 2000
    following = await take_turn(turn.conversation, "更多", Api())
    assert "项目" in (following.text or "")


def long_answer(parts: int) -> Api:
    item = {"rule": "r", "declined": False, "label": {"zh": "项目" * 320, "en": "x"}}
    return Api(Privacy={"me": {"optionalItems": {"edges": [{"node": item}] * parts}}})


async def test_more_loses_nothing_however_long_the_text_is() -> None:
    turn = await take_turn(Conversation(), "可选", long_answer(6))
    heard = turn.text or ""
    while turn.conversation.more:
        turn = await take_turn(turn.conversation, "更多", Api())
        assert len((turn.text or "").encode()) <= 2000
        heard += turn.text or ""
    assert heard.count("项目") == 6 * 320 + 1  # the heading has one, too


async def test_the_rest_of_a_long_text_is_gone_with_the_next_turn() -> None:
    turn = await take_turn(Conversation(), "可选", long_answer(3))
    assert turn.conversation.more
    assert (await take_turn(turn.conversation, "帮助", long_answer(0))).conversation.more == []
    assert (await take_turn(turn.conversation, "取消", Api())).conversation.more == []


async def test_the_way_back_has_forgotten_the_id_number() -> None:
    started = {"startBinding": {"__typename": "BindingStarted", "attempt": "a", "maskedPhone": "139****5678"}}
    _, state = await talk(Api(StartBinding=started), *BINDING, "13900005678")
    assert state.step == "code"
    assert "350199" not in state.model_dump_json()
