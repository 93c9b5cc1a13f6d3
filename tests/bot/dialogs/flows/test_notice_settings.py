"""消息设置 in the chat: groups, quiet hours and the day's one message, each by its number."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bot.dialogs.api import Api, talk

KINDS = (("bill_due", "RECORDS", False), ("reply_ends", "CASES", False), ("dispute_decided", "CASES", True))


def settings(*off: str, quiet: tuple[int, int] = (22, 8), digest: bool = False) -> dict[str, Any]:
    kinds = [{"kind": k, "group": g, "required": r, "on": r or k not in off} for k, g, r in KINDS]
    return {"me": {"noticeChoices": {"kinds": kinds, "quietFrom": quiet[0], "quietUntil": quiet[1], "digest": digest}}}


def api(**answers: Any) -> Api:
    return Api(**{"NoticeSettings": settings(), "SetNoticeChoices": {"setNoticeChoices": {}}, **answers})


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ("1", {"off": ["bill_due"], "quietFrom": 22, "quietUntil": 8, "digest": False}),
        ("2", {"off": ["reply_ends"], "quietFrom": 22, "quietUntil": 8, "digest": False}),
        ("3", {"off": [], "quietFrom": 0, "quietUntil": 0, "digest": False}),
        ("4", {"off": [], "quietFrom": 22, "quietUntil": 8, "digest": True}),
    ],
)
async def test_a_number_switches_what_stands_beside_it(said: str, chosen: dict[str, Any]) -> None:
    asked = api()
    text, _ = await talk(asked, "消息设置", said)
    assert dict(asked.asked)["SetNoticeChoices"]["input"] == chosen
    assert "消息设置" in text


async def test_it_says_what_is_on_and_what_always_comes() -> None:
    text, _ = await talk(api(NoticeSettings=settings("bill_due", quiet=(0, 0), digest=True)), "消息设置")
    assert "1. 我的记录：关" in text
    assert "2. 我的异议和投诉：开" in text
    assert "3. 免打扰（不急的消息夜里也发）：关" in text
    assert "4. 每日汇总（不急的消息一天合成一条）：开" in text
    assert "一直会发" in text


async def test_what_is_off_comes_back_by_the_same_number() -> None:
    asked = api(NoticeSettings=settings("bill_due", quiet=(5, 5)))
    await talk(asked, "消息设置", "1")
    assert dict(asked.asked)["SetNoticeChoices"]["input"]["off"] == []


@pytest.mark.parametrize("said", ["9", "好的呀"])
async def test_what_is_no_number_of_the_list_changes_nothing(said: str) -> None:
    asked = api()
    text, _ = await talk(asked, "消息设置", said)
    assert "1 到 4" in text
    assert "SetNoticeChoices" not in dict(asked.asked)


async def test_who_is_not_bound_is_asked_to_bind() -> None:
    assert "绑定" in (await talk(api(NoticeSettings={"me": None}), "免打扰"))[0]
