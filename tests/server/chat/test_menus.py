"""Choices that are tapped: an answer comes as a menu, at least once, and a tap acts once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest

from server.chat.dispatcher import Dispatcher
from tests.support.messages import message, to_confirm
from tests.support.people import YING, record
from tests.support.world import Chat, World


@pytest.fixture
def verified(world: World) -> Iterator[World]:
    """A city whose account is verified."""
    world.container.settings.wechat_menus = True
    yield world
    world.container.settings.wechat_menus = False


class Thumb(Chat):
    """Someone who taps rather than types."""

    async def menu(self) -> dict[str, Any]:
        """The newest menu that came."""
        await self.world.deliver_outbox()
        found: dict[str, Any] = self.world.platform.phone(self.openid).arrived[-1]["raw"]["msgmenu"]
        return found

    async def entry(self, content: str) -> str:
        """The id of an entry of the newest menu."""
        ids: dict[str, str] = {one["content"]: one["id"] for one in (await self.menu())["list"]}
        return ids[content]

    async def press(self, content: str, entry: str | None = None) -> str:
        """Tap an entry, of the newest menu unless it is another's."""
        known = await self.entry(content) if entry is None else entry
        return await self._send("text", content, entry=known)


async def disputes(world: World) -> int:
    return await world.container.store["disputes"].count_documents({})


async def test_a_dispute_is_filed_with_a_tap(verified: World) -> None:
    await to_confirm(verified)
    phone = Thumb(verified)
    await phone.say("嗯")
    menu = await phone.menu()
    assert menu["head_content"].startswith("请从下面选一项")
    assert [one["content"] for one in menu["list"]] == ["确认 提交", "返回 修改", "取消"]
    assert "D-2026-000001" in await phone.press("确认 提交")
    assert await disputes(verified) == 1


async def test_a_tap_on_the_menu_of_an_old_question_files_nothing(verified: World) -> None:
    await to_confirm(verified)
    phone = Thumb(verified)
    await phone.say("嗯")
    old = await phone.entry("确认 提交")
    await phone.press("取消")
    for said in ("异议 1", "1", "这辆车八月已经卖了", "提交"):
        await phone.say(said)
    assert await phone.press("确认 提交", old) == ""
    assert "已经结束了，没有提交什么" in (await phone.menu())["head_content"]
    assert await disputes(verified) == 0
    assert "D-2026-000001" in await phone.press("确认 提交")


async def test_where_the_platform_gives_no_id_the_words_are_taken(verified: World) -> None:
    await to_confirm(verified)
    phone = Thumb(verified)
    await phone.say("嗯")
    assert "D-2026-000001" in await phone.press("确认 提交", "0")


async def test_a_retry_has_no_second_menu_and_no_second_effect(verified: World) -> None:
    await verified.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    bot = Dispatcher(verified.container)
    for _ in range(3):
        assert await bot.receive(message("退出", 1)) is None
    assert len(await Chat(verified).pushes()) == 1
    assert await verified.container.store["outbox"].count_documents({"kind": "text"}) == 1


async def test_an_account_that_may_send_none_sends_the_same_as_text(verified: World) -> None:
    verified.platform.is_verified = False
    await Chat(verified).say("绑定")
    (shown,) = await Chat(verified).pushes()
    assert shown.endswith("【1】同意　【2】不同意\n【3】看全文　【4】只看记录、不算分")


async def test_a_phone_that_can_show_none_gets_the_same_as_text(verified: World) -> None:
    verified.platform.faults["/cgi-bin/message/custom/send"] = deque([40008])
    await Chat(verified).say("绑定")
    (shown,) = await Chat(verified).pushes()
    assert "【1】同意" in shown


async def test_a_menu_that_may_not_be_sent_now_waits_for_its_person(verified: World) -> None:
    verified.platform.faults["/cgi-bin/message/custom/send"] = deque([45015])
    phone = Thumb(verified)
    await phone.say("绑定")
    assert await phone.pushes() == []
    assert "您正在办绑定" in await phone.say("人工") + "".join(await phone.pushes())
    shown = [item["raw"]["msgtype"] for item in verified.platform.phone("o-test").arrived]
    assert shown.count("msgmenu") == 2, "the one that waited, and the one that came now"


async def test_an_account_that_is_not_verified_answers_at_once(world: World) -> None:
    assert "【1】同意" in await Chat(world).say("绑定")
    assert await Chat(world).pushes() == []
