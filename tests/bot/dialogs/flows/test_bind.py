"""绑定, by playing both sides."""

from __future__ import annotations

import pytest

from bot.dialogs.flow import Conversation, Data
from tests.bot.dialogs.api import BINDING, CODE_SENT, HOME, TEXT, Api, talk

PHONE = "13900005678"


def refusal(code: str, zh: str) -> Data:
    return {"refusalCode": code, "message": {"zh": zh, "en": "no"}}


async def test_declining_the_consent_keeps_nothing() -> None:
    text, state = await talk(Api(), "绑定", "2")
    assert "没有保存任何内容" in text
    assert state == Conversation()


async def test_the_full_consent_can_be_read_first() -> None:
    text, state = await talk(Api(), "绑定", "3")
    assert "全文" in text
    assert (await talk(Api(), "1", start=state))[1].step == "name"


async def test_the_id_number_is_forgotten_as_soon_as_the_code_is_sent() -> None:
    api = Api(StartBinding=CODE_SENT)
    text, state = await talk(api, "绑定", "1", "陈小萤", "350199199001010015", "13900005678")
    assert "尾号 5678" in text
    assert "id_number" not in state.data
    assert api.asked[-1][1]["input"]["idNumber"] == "350199199001010015"


async def test_the_way_back_has_forgotten_the_id_number() -> None:
    _, state = await talk(Api(StartBinding=CODE_SENT), *BINDING, "13900005678")
    assert state.step == "code"
    assert "350199" not in state.model_dump_json()


async def test_the_way_back_from_the_code_asks_for_the_id_number_again() -> None:
    api = Api(StartBinding=CODE_SENT)
    text, state = await talk(api, *BINDING, PHONE, "返回")
    assert "18位身份证号" in text
    assert (state.step, state.data["name"]) == ("id_number", "陈小萤")
    _, state = await talk(api, BINDING[-1], PHONE, start=state)
    assert state.step == "code"
    assert [name for name, _ in api.asked].count("StartBinding") == 2


async def test_the_way_back_from_the_phone_keeps_the_name() -> None:
    text, state = await talk(Api(), *BINDING, "返回")
    assert "18位身份证号" in text
    assert state.data["name"] == "陈小萤"


async def test_who_is_not_in_the_register_tries_again_from_the_name() -> None:
    mismatch = Api(StartBinding={"startBinding": refusal("REGISTER_MISMATCH", "信息不一致")})
    text, state = await talk(mismatch, *BINDING, PHONE)
    assert "信息不一致" in text
    assert state.step == "name"
    _, state = await talk(Api(), "返回", start=state)
    assert state.step == "id_number"
    assert (await talk(Api(StartBinding=CODE_SENT), BINDING[-1], PHONE, start=state))[1].step == "code"


async def test_a_binding_that_took_too_long_says_how_to_begin_again() -> None:
    over = Api(StartBinding=CODE_SENT, ResendCode={"resendCode": refusal("CODE_EXPIRED", "请回复【重发】")})
    text, state = await talk(over, *BINDING, PHONE, "重发")
    assert "回复【绑定】重新开始" in text
    assert "重发" not in text
    assert state.flow is None


async def test_anyone_who_is_bound_already_is_not_told_to_begin_again() -> None:
    api = Api(StartBinding=CODE_SENT, ResendCode={"resendCode": refusal("CODE_EXPIRED", "请回复【重发】")})
    state = (await talk(api, *BINDING, PHONE))[1]
    api.answers["Home"] = HOME | {"me": {"maskedName": "陈*"}}
    assert "已经绑定" in (await talk(api, "重发", start=state))[0]


async def test_identity_and_code_go_to_the_api_as_they_were_typed_without_their_label() -> None:
    api = Api(
        StartBinding=CODE_SENT, ConfirmBinding={"confirmBinding": {"refusalCode": "CODE_UNREADABLE", "message": TEXT}}
    )
    said = (
        "绑定",
        "同意！",
        "我叫 陈 小萤",
        "身份证号：350199 19900101 0015",
        "手机号是+86 139-0000-5678",
        "验证码 123 456",
    )
    _, state = await talk(api, *said)
    asked = dict(api.asked)
    person = asked["StartBinding"]["input"]
    assert (person["name"], person["idNumber"]) == ("陈 小萤", "350199 19900101 0015")
    assert person["phone"] == "+86 139-0000-5678"
    assert asked["ConfirmBinding"]["input"]["code"] == "验证码 123 456"
    assert state.step == "code"


@pytest.mark.parametrize("said", ["重发", "没收到！", "没收到", "resend"])
async def test_a_code_that_did_not_come_is_sent_again(said: str) -> None:
    api = Api(StartBinding=CODE_SENT, ResendCode={"resendCode": {"attempt": {"id": "a"}}})
    await talk(api, *BINDING, "13900005678", said)
    assert "ResendCode" in dict(api.asked)


SECOND = {"confirmBinding": refusal("SECOND_ACCOUNT", "已在另一个账号绑定")}


async def test_who_is_bound_elsewhere_is_offered_to_move_and_moves_by_the_word_alone() -> None:
    moved = {"maskedName": "陈*", "heldUntil": "2026-11-30T07:04:00Z"}
    api = Api(StartBinding=CODE_SENT, ConfirmBinding=SECOND, MoveAccount={"moveAccount": moved})
    text, state = await talk(api, *BINDING, PHONE, "123456")
    assert "已在另一个账号绑定" in text
    assert "24小时内不能领取凭证" in text
    for doubtful in ("换绑？", "换绑吗", "不要换绑"):
        assert "【1】换到这个微信" in (await talk(api, doubtful, start=state))[0]
    assert "MoveAccount" not in dict(api.asked)
    text, state = await talk(api, "换绑", start=state)
    assert "2026年11月30日 15:04 以前不能领取凭证和退出" in text
    assert dict(api.asked)["MoveAccount"]["input"] == {"attempt": "a"}
    assert state.flow is None


async def test_a_move_can_be_left_alone() -> None:
    api = Api(StartBinding=CODE_SENT, ConfirmBinding=SECOND)
    _, state = await talk(api, *BINDING, PHONE, "123456", "取消")
    assert state.flow is None
    assert "MoveAccount" not in dict(api.asked)


MOVED = {"viewer": {"movedAway": {"movedAt": "2026-11-29T07:04:00Z"}, "signedInElsewhere": None}}


@pytest.mark.parametrize("said", ["不是我", "不是我换的", "not me", "撤销换绑"])
async def test_the_account_that_was_left_asks_once_more_before_it_takes_a_move_back(said: str) -> None:
    undone = {"undoMove": {"frozenUntil": "2026-12-06T07:04:00Z"}}
    api = Api(MovedAway=MOVED, UndoMove=undone, Lines={"me": None})
    text, state = await talk(api, said)
    assert "2026年11月29日 15:04" in text
    assert "再回复一次【不是我】" in (await talk(api, "不是我？", start=state))[0]
    assert "UndoMove" not in dict(api.asked)
    text, state = await talk(api, "不是我", start=state)
    assert "2026年12月6日 15:04以前不能再换绑" in text
    assert state.flow is None


async def test_who_was_not_moved_away_is_told_so() -> None:
    assert "没有从这个微信换绑出去的记录" in (await talk(Api(), "不是我换的"))[0]
