"""Messages of one person: as the channel gets them, or up to where a test begins."""

from __future__ import annotations

import asyncio

import pytest

from bot.dialogs.flow import Data
from bot.wechat.messages import Message, read_message
from server.api.client import GraphQLClient
from tests.support.people import YING, record
from tests.support.world import Chat, World

TO_CONFIRM = ("异议 1", "1", "不是我的车，已经卖了", "提交")


async def to_confirm(world: World) -> None:
    """Someone whose next word, 确认, files a dispute."""
    await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02"))
    chat = Chat(world)
    for said in TO_CONFIRM:
        await chat.say(said)


def message(text: str, number: int = 1, sender: str = "o-test") -> Message:
    """A text; `number` is its id and its second."""
    return read_message(
        {
            "ToUserName": "gh_egret",
            "FromUserName": sender,
            "CreateTime": str(1_800_000_000 + number),
            "MsgType": "text",
            "Content": text,
            "MsgId": str(number),
        }
    )


def event(name: str, key: str = "", number: int = 1) -> Message:
    """An event, such as a tap or a scan."""
    fields = {"Event": name, "EventKey": key}
    return Message("gh_egret", "o-test", 1_800_000_000 + number, "event", fields)


def held(monkeypatch: pytest.MonkeyPatch, seconds: float | None = None) -> asyncio.Event:
    """No operation begins until this is set; where seconds are given, WeChat waits no longer."""
    if seconds is not None:
        monkeypatch.setattr("server.chat.dispatcher.ANSWER_SECONDS", seconds)
    honest, released = GraphQLClient.answer, asyncio.Event()

    async def late(self: GraphQLClient, name: str, variables: Data) -> Data:
        await released.wait()
        return await honest(self, name, variables)

    monkeypatch.setattr(GraphQLClient, "answer", late)
    return released


async def until_claimed(world: World, count: int) -> None:
    """Wait until so many messages have arrived, answered or not."""
    async with asyncio.timeout(60):
        while True:
            rows = await world.container.store["conversations"].find({}, {"claims": 1}).to_list(None)
            if sum(len(row["claims"]) for row in rows) >= count:
                return
            await asyncio.sleep(0.005)


TEXT = (
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>"
    "<CreateTime>1714037059</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[你好 <b>]]></Content><MsgId>9223372036854775807</MsgId></xml>"
)


KINDS = [
    *("text", "image", "voice", "video", "shortvideo", "location", "link", "hologram"),
]


EVENTS = [
    *("subscribe", "unsubscribe", "SCAN", "LOCATION", "CLICK", "VIEW", "view_miniprogram", "scancode_push"),
    *("scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"),
    *("TEMPLATESENDJOBFINISH", "subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event"),
    *("kf_create_session", "kf_close_session", "kf_switch_session", "made_up_tomorrow"),
]
