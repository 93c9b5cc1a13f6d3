"""The platform on a bad day: late, twice, out of order, forged, slow and failing. Nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from bot.wechat.faults import FAULTS
from server.web.simulator.platform import message_xml
from tests.support.messages import TO_CONFIRM, held, to_confirm, until_claimed
from tests.support.people import YING, record
from tests.support.world import Chat, World

PARKING = record("traffic.illegal-parking", "2026-09-02")
PATIENT = 60.0
"""Where it is not the platform's patience that is looked at."""
NUMBERS = iter(range(10**6, 10**7))


def text(content: str, openid: str = "o-test", kind: str = "text") -> str:
    return message_xml("gh_egret", openid, kind, content, str(next(NUMBERS)), int(time.time()))


async def deliver(world: World, body: str) -> list[dict[str, Any]]:
    return await world.platform.deliver(world.http, world.container.settings.base_url, body, patience=PATIENT)


async def test_a_connection_that_is_cut_and_tried_again_files_one_dispute(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await to_confirm(world)
    released, body, base = held(monkeypatch), text("确认"), world.container.settings.base_url
    cut = asyncio.create_task(world.platform.post(world.http, base, body, plain=False))
    await until_claimed(world, len(TO_CONFIRM) + 1)
    cut.cancel()
    released.set()
    (answer,) = await deliver(world, body)
    assert "D-2026-000001" in answer["reply"]
    assert await world.container.store["disputes"].count_documents({}) == 1


async def test_what_takes_too_long_comes_by_push_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await to_confirm(world)
    released = held(monkeypatch, seconds=0.5)
    (answer,) = await deliver(world, text("确认"))
    assert answer["got"] == "success"
    released.set()
    await world.app.state.dispatcher.drain()
    assert sum("D-2026-000001" in told for told in await Chat(world).pushes()) == 1


async def test_duplicates_in_any_order_have_one_effect(world: World) -> None:
    await to_confirm(world)
    bodies = [text("确认")] * 5
    answers = await asyncio.gather(*(deliver(world, body) for body in bodies))
    assert len({a[0]["reply"] for a in answers}) == 1
    assert await world.container.store["disputes"].count_documents({}) == 1


async def test_messages_out_of_order_each_get_an_answer(world: World) -> None:
    bodies = [text(said) for said in ("绑定", "帮助", "查询", "菜单", "权益", "取消")] * 2
    random.Random(1).shuffle(bodies)
    answers = await asyncio.gather(*(deliver(world, body) for body in bodies))
    assert all(a[0]["status"] == 200 and a[0]["reply"] for a in answers)


async def test_a_retry_much_later_still_gets_the_same(world: World) -> None:
    await to_confirm(world)
    body = text("确认")
    (first,) = await deliver(world, body)
    await Chat(world).say("进度")
    (again,) = await deliver(world, body)
    assert again["reply"] == first["reply"]


@pytest.mark.parametrize("fault", ["msg_signature", "timestamp", "nonce", "body", "twice", "old", "moved digit"])
async def test_what_was_not_signed_like_that_is_refused_and_empty(world: World, fault: str) -> None:
    query, sent = world.platform.signed(text("帮助"))
    values, twice = dict(query), ""
    if fault == "body":
        sent = world.platform.signed(text("菜单"))[1]
    elif fault == "twice":
        twice = f"&nonce={values['nonce']}"
    elif fault == "moved digit":
        values |= {"timestamp": values["timestamp"][:-1], "nonce": values["timestamp"][-1] + values["nonce"]}
    else:
        changed = {"old": ("timestamp", str(int(values["timestamp"]) - 400))}.get(fault, (fault, "1" * 10))
        values[changed[0]] = changed[1]
    response = await world.http.post(f"/wechat?{urlencode(values)}{twice}", content=sent.encode())
    assert (response.status_code, response.content) == (403, b"")


@pytest.mark.parametrize("fault", [httpx.ConnectError("down"), -1, 45011, 45009, 40164])
async def test_a_platform_that_fails_gets_the_notice_later(world: World, fault: Exception | int) -> None:
    await world.enrol(YING)
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    world.platform.faults["/cgi-bin/message/custom/send"] = deque([fault] * (2 if fault == -1 else 1))
    chat = Chat(world)
    assert await chat.pushes() == []
    world.clock.advance(minutes=5)
    assert len(await chat.pushes()) == 1


async def test_a_quota_of_the_day_that_is_used_up_loses_no_notice(world: World) -> None:
    await world.enrol(YING)
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    chat, refused = Chat(world), world.container.clock() + timedelta(days=1)
    while world.container.clock() < refused:
        world.platform.faults["/cgi-bin/message/custom/send"] = deque([45009])
        assert await chat.pushes() == []
        row = await world.container.store["outbox"].find_one({"kind": "notice"})
        assert row is not None
        assert not row["done"]
        world.clock.advance(seconds=(row["due"] - world.container.clock()).total_seconds() + 0.01)
    world.platform.faults.clear()
    assert len(await chat.pushes()) == 1


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (45009, "notice not delivered, try 1: WeChat errcode 45009"),
        (43004, "notice cannot be delivered: WeChat errcode 43004"),
        (45015, "notice waits for its person: WeChat errcode 45015"),
    ],
)
async def test_what_the_platform_answers_is_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture, code: int, told: str
) -> None:
    caplog.set_level("INFO", "egret.outbox")
    await world.enrol(YING)
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    world.platform.faults["/cgi-bin/message/custom/send"] = deque([code])
    assert await Chat(world).pushes() == []
    assert f"{told}: {FAULTS[code].meaning} (refused)" in caplog.messages


async def test_a_token_that_the_platform_forgot_is_renewed(world: World) -> None:
    await world.enrol(YING)
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    world.platform.faults["/cgi-bin/message/custom/send"] = deque([42001])
    assert len(await Chat(world).pushes()) == 1
    assert world.platform.tokens_issued == 2


async def test_no_secret_is_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    await world.enrol(YING)
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    world.platform.faults["/cgi-bin/message/custom/send"] = deque([httpx.ConnectError("down"), 45009])
    await Chat(world).pushes()
    await world.http.get("/h5/")
    settings = world.container.settings
    secrets = (settings.wechat_app_secret, settings.wechat_token, settings.wechat_aes_key, settings.token_key)
    told = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("egret"))
    for secret in secrets:
        assert secret.get_secret_value() not in told
    for known in (YING.name, YING.id_number, YING.phone, "access_token=", "o-test"):
        assert known not in told


ODD = {
    "emoji": "😀👨‍👩‍👧‍👦🇨🇳" * 20,
    "two thousand characters": "长" * 2000,
    "only spaces": "   \u3000\n",
    "markup": "]]><script>alert(1)</script><![CDATA[",
    "control characters": "a\x0bb\ufffe",
    "right to left": "\u202eabc\u202c",
    "braces": "{name} {0} %s %(x)d",
    "mongo": '{"$where": "1"}',
    "an entity": "&lt;&amp;&#x4e2d;",
    "nothing": "",
}


@pytest.mark.parametrize("what", ODD)
async def test_whatever_is_typed_in_the_middle_of_a_flow_is_answered(world: World, what: str) -> None:
    await world.enrol(YING, PARKING)
    for start in ((), ("异议 1",), ("异议 1", "1"), ("如果",), ("权益",)):
        chat = Chat(world)
        for said in start:
            await chat.say(said)
        answer = (await deliver(world, text(ODD[what])))[0]
        assert answer["status"] == 200
        assert answer["reply"], (start, what)
        assert "已经受理的不会丢" not in answer["reply"], (start, what)
        await chat.say("取消")


@pytest.mark.parametrize("kind", ["voice", "location", "video", "shortvideo", "link", "file", "something_new"])
async def test_what_is_not_text_repeats_the_question(world: World, kind: str) -> None:
    chat = Chat(world)
    for said in ("绑定", "1"):
        await chat.say(said)
    (answer,) = await deliver(world, text("", kind=kind))
    assert ("听不了语音" if kind == "voice" else "这里需要文字") in answer["reply"]
    assert "姓名" in answer["reply"]


@pytest.mark.parametrize(
    "typed",
    [
        f" {YING.id_number[:6]} {YING.id_number[6:14]} {YING.id_number[14:]} ",
        YING.id_number.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")),
        YING.id_number.lower(),
    ],
)
async def test_an_id_number_however_it_is_typed(world: World, typed: str) -> None:
    await world.register(YING)
    chat = Chat(world)
    for said in ("绑定", "1", YING.name):
        await chat.say(said)
    assert "手机号" in await chat.say(typed)


async def test_a_fifteen_digit_number_is_explained(world: World) -> None:
    chat = Chat(world)
    for said in ("绑定", "1", YING.name):
        await chat.say(said)
    assert "15位" in await chat.say("350199900101001")
