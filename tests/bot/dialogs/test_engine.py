"""The dialog engine, by playing both sides: what is said in, and what the API answers."""

from __future__ import annotations

import pytest

from bot.dialogs.commands import command, global_word
from bot.dialogs.engine import take_turn, tap, welcome
from bot.dialogs.flow import Conversation, OperationRefusedError
from bot.dialogs.flows import FLOWS
from bot.dialogs.typed import number, plain
from tests.bot.dialogs.api import BINDING, TEXT, Api, talk


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
    assert "参加全凭自愿：只有优惠，没有处罚；随时可以退出" in (turn.text or "")


async def test_unknown_words_are_answered_with_what_is_possible() -> None:
    text, _ = await talk(Api(), "今天天气怎么样")
    assert "没太明白" in text
    assert "【绑定】" in text


@pytest.mark.parametrize("flow", sorted(set(FLOWS) - {"bind", "not_me", "sign_in"}))
async def test_whatever_needs_an_identity_offers_to_bind(flow: str) -> None:
    asked = (
        "Score",
        "Lines",
        "History",
        "Notices",
        "Disputes",
        "AccessLog",
        "Privacy",
        "Benefits",
        "Outlook",
        "Repairs",
    )
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
        ("取消", "已取消", False),
        ("帮助", "我可以", True),
        ("菜单", "您正在办绑定", True),
        ("人工", "12345", True),
        ("HELP", "我可以", True),
    ],
)
async def test_global_words_work_at_every_step(steps: tuple[str, ...], word: str, expected: str, goes_on: bool) -> None:
    before = (await talk(Api(), *steps))[1]
    text, after = await talk(Api(), word, start=before)
    assert expected in text
    assert (after.flow, after.step) == (("bind", before.step) if goes_on else (None, ""))


@pytest.mark.parametrize(("confirmed", "flow"), [("确认退出", "leave"), ("confirm unlink", "unlink")])
async def test_a_confirmation_of_what_is_over_asks_again_and_does_nothing(confirmed: str, flow: str) -> None:
    api = Api(Home={"me": {"maskedName": "陈**"}})
    _, state = await talk(api, confirmed)
    assert (state.flow, state.step) == (flow, "confirm")
    assert [name for name, _ in api.asked] == ["Home"]


async def test_stopping_says_that_something_is_lost_only_where_it_is() -> None:
    api = Api(Home={"me": {"maskedName": "陈**"}})
    assert "没有保存" in (await talk(Api(), "绑定", "1", "取消"))[0]
    text, state = await talk(api, "退出", "取消")
    assert "已取消" in text
    assert "没有保存" not in text
    assert state.flow is None


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
            "refusalCode": "NAME_INVALID",
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
    assert "【1】先看权益　【2】继续绑定" in (turn.text or "")
    text, back = await talk(Api(), "2", start=turn.conversation)
    assert "18位身份证号" in text
    assert back.step == "id_number"
    api = Api(Benefits={"me": None}, PublicBenefits={"benefits": {"edges": []}})
    text, gone = await talk(api, "1", start=turn.conversation)
    assert "普通渠道" in text
    assert gone.flow is None


async def test_a_tap_on_the_flow_that_is_open_asks_before_it_starts_again() -> None:
    state = (await talk(Api(), *BINDING))[1]
    turn = await tap(state, "bind", Api())
    assert "【1】从头再来　【2】继续绑定" in (turn.text or "")
    assert (await talk(Api(), "2", start=turn.conversation))[1].step == "phone"
    assert (await talk(Api(), "1", start=turn.conversation))[1].step == "consent"


@pytest.mark.parametrize("photo", [None, "media-1"])
async def test_an_offer_to_leave_is_over_with_a_voice_message_or_a_photo(photo: str | None) -> None:
    state = (await talk(Api(), "绑定", "1", "陈小萤", "查询"))[1]
    turn = await take_turn(state, None, Api(), photo)
    assert "18位身份证号" in (turn.text or "")
    refused = {"refusalCode": "ID_LENGTH", "message": {"zh": "要18位", "en": "18"}}
    text, state = await talk(Api(CheckIdentity={"checkIdentity": refused}), "1", start=turn.conversation)
    assert "要18位" in text
    assert state.step == "id_number"


async def test_a_scan_in_the_middle_greets_and_goes_on() -> None:
    state = (await talk(Api(), "绑定", "1", "陈小萤"))[1]
    scene = {"code": "library", "text": {"zh": "您扫的是图书馆的码", "en": "the library"}}
    home = {"scheme": {"name": TEXT, "scenes": [scene]}, "me": None}
    turn = await welcome(state, Api(Home=home), "library", new=False)
    assert "图书馆" in (turn.text or "")
    assert "18位身份证号" in (turn.text or "")
    assert turn.conversation.step == "id_number"
    assert (await welcome(state, Api())).conversation.flow is None


async def test_an_offer_to_leave_is_over_with_a_scan() -> None:
    state = (await talk(Api(), "绑定", "1", "陈小萤", "查询"))[1]
    scene = {"code": "library", "text": {"zh": "您扫的是图书馆的码", "en": "the library"}}
    home = {"scheme": {"name": TEXT, "scenes": [scene]}, "me": None}
    turn = await welcome(state, Api(Home=home), "library", new=False)
    assert (await talk(Api(), "1", start=turn.conversation))[1].step == "phone"


async def test_what_a_turn_changes_is_done_under_a_token_that_is_another_one_after_it() -> None:
    before = (await talk(Api(), "绑定", "1"))[1]
    after = (await talk(Api(), "陈小萤", start=before))[1]
    assert before.token
    assert after.token
    assert before.token != after.token
    assert (await talk(Api(), "取消", start=after))[1].token == ""


async def test_a_person_is_reached_at_the_citys_own_help_line() -> None:
    line = {
        "number": "010-0000001",
        "askFor": {"zh": "信用", "en": "credit"},
        "hours": {"zh": "每天", "en": "every day"},
        "counter": {"zh": "镇政府", "en": "the town hall"},
    }
    api = Api(HelpLine={"scheme": {"helpLine": line}})
    text, _ = await talk(api, "人工")
    assert text.startswith("人工服务：每天，请拨打 010-0000001 转信用，或到镇政府")
    text, _ = await talk(api, "human", start=Conversation(language="en"))
    assert "on every day call 010-0000001 and ask for credit, or visit the town hall" in text


async def test_with_staff_a_person_takes_over_here() -> None:
    turn = await take_turn(Conversation(), "人工", Api(), staffed=True)
    assert turn.wants_person
    assert "请直接在这里说" in (turn.text or "")


async def test_what_a_flow_remembers_in_another_shape_starts_again() -> None:
    odd = Conversation(flow="benefits", version=1, step="list", data={"codes": "library"})
    text, state = await talk(Api(), "1", start=odd)
    assert "步骤更新了" in text
    assert state.flow is None


async def test_an_answer_other_than_1_or_2_is_an_answer_to_the_question_that_was_open() -> None:
    state = (await talk(Api(), "绑定", "1", "陈小萤", "查询"))[1]
    assert state.offered == "score"
    _, state = await talk(Api(), "350199199001010015", start=state)
    assert state.step == "phone"


async def test_voice_in_the_middle_of_binding_repeats_the_question() -> None:
    text, state = await talk(Api(), "绑定", "1", "陈小萤", None)
    assert "需要文字" in text
    assert "18位身份证号" in text
    assert state.step == "id_number"


async def test_a_flow_renewed_by_an_upgrade_starts_again() -> None:
    old = Conversation(flow="bind", version=0, step="name")
    text, state = await talk(Api(), "陈小萤", start=old)
    assert "步骤更新了" in text
    assert state.flow is None


async def test_a_refused_operation_is_said_in_the_persons_language() -> None:
    api = Api(Score=OperationRefusedError("NOT_ENROLLED", "您还没有开通。", "You have not joined."))
    assert (await talk(api, "查询"))[0] == "您还没有开通。"
    assert "You have not joined." in (await talk(api, "English", "score"))[0]


async def test_a_failed_turn_leaves_the_conversation_as_it_was() -> None:
    before = (await talk(Api(), "绑定", "1"))[1]
    with pytest.raises(RuntimeError):
        await take_turn(before, "陈小萤", Api(CheckIdentity=RuntimeError("down")))
    assert before.step == "name"
    assert before.data == {"consent": "2026-1"}


async def test_long_answers_are_paged() -> None:
    rows = [
        {"node": {"declined": False, "rule": {"code": "r", "label": {"zh": "项目" * 300, "en": "x"}}}} for _ in range(3)
    ]
    me = {"optionalItems": {"edges": rows}}
    turn = await take_turn(Conversation(), "可选", Api(Privacy={"me": me}))
    assert "回复【更多】" in (turn.text or "")
    assert len((turn.text or "").encode()) <= 2000
    following = await take_turn(turn.conversation, "更多", Api())
    assert "项目" in (following.text or "")


def long_answer(parts: int) -> Api:
    item = {"declined": False, "rule": {"code": "r", "label": {"zh": "项目" * 320, "en": "x"}}}
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


async def test_a_second_miss_offers_a_person() -> None:
    text, state = await talk(Api(), "今天天气怎么样")
    assert "【人工】" not in text
    text, state = await talk(Api(), "股票多少钱", start=state)
    assert "【人工】" in text
    turn = await take_turn(state, "附近的餐厅", Api(), staffed=True)
    assert "工作人员可以就在这里帮您" in (turn.text or "")
    assert (await talk(Api(), "菜单", start=state))[1].misses == 0


@pytest.mark.parametrize(("linked", "expected"), [(True, "【异议】记录有误"), (False, "回复【绑定】就能开始")])
async def test_who_is_not_linked_is_told_of_that_first(linked: bool, expected: str) -> None:
    turn = await take_turn(Conversation(), "今天天气怎么样", Api(), linked=linked)
    assert expected in (turn.text or "")


async def test_help_after_many_tries_is_offered_once_and_then_in_short() -> None:
    refusal = {"checkIdentity": {"refusalCode": "NAME_INVALID", "message": {"zh": "姓名不对", "en": "no"}}}
    api = Api(CheckIdentity=refusal)
    assert "没关系" in (await talk(api, "绑定", "1", "x", "x", "x"))[0]
    text, _ = await talk(api, "绑定", "1", "x", "x", "x", "x")
    assert "没关系" not in text
    assert "【人工】" in text


@pytest.mark.parametrize(("spoken", "expected"), [(True, "听不了语音"), (False, "需要文字")])
async def test_a_voice_message_that_nobody_wrote_down_is_told_so(spoken: bool, expected: str) -> None:
    turn = await take_turn(Conversation(), None, Api(), spoken=spoken)
    assert expected in (turn.text or "")


async def test_where_nothing_was_filled_in_cancelling_loses_nothing() -> None:
    assert "没有保存" not in (await talk(Api(), "绑定", "取消"))[0]


async def test_words_without_a_digit_are_no_id_number() -> None:
    text, state = await talk(Api(), "绑定", "1", "陈小萤", "没有带在身上")
    assert "请输入18位身份证号，最后一位可能是 X。" in text
    assert state.step == "id_number"
