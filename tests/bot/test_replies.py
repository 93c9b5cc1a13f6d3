"""Replies out: well-formed XML whatever the text, and texts cut where WeChat would refuse them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wechat.messages import Message, read_fields
from bot.wechat.replies import Image, Music, News, Reply, Text, Transfer, Video, Voice, render, split_text

MESSAGE = Message("gh_1", "o1", 1714037059, "text", {})


@given(st.text(max_size=200))
def test_any_text_survives_the_round_trip(text: str) -> None:
    fields = read_fields(render(MESSAGE, Text(text), 1))
    forbidden = {*map(chr, range(0xD800, 0xE000)), "\ufffe", "\uffff"}
    assert fields["Content"] == "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and c not in forbidden))
    assert fields["ToUserName"] == "o1"
    assert fields["FromUserName"] == "gh_1"


def test_cdata_cannot_be_broken_out_of() -> None:
    reply = render(MESSAGE, Text("]]><Evil>1</Evil><![CDATA["), 1)
    assert "Evil" not in read_fields(reply)
    assert read_fields(reply)["Content"] == "]]><Evil>1</Evil><![CDATA["


@pytest.mark.parametrize("as_json", [False, True], ids=["xml", "json"])
@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Image("m1"), {"MsgType": "image", "Image.MediaId": "m1"}),
        (Voice("m1"), {"MsgType": "voice", "Voice.MediaId": "m1"}),
        (Video("m1", "t", "d"), {"MsgType": "video", "Video.Title": "t", "Video.Description": "d"}),
        (Music("m1", "t", url="u"), {"MsgType": "music", "Music.ThumbMediaId": "m1", "Music.MusicUrl": "u"}),
        (Transfer(), {"MsgType": "transfer_customer_service"}),
        (Transfer("kf1@gh"), {"MsgType": "transfer_customer_service", "TransInfo.KfAccount": "kf1@gh"}),
    ],
)
def test_every_kind_of_reply(reply: Reply, expected: dict[str, str], as_json: bool) -> None:
    fields = read_fields(render(MESSAGE, reply, 7, as_json=as_json))
    assert {**fields, **expected} == fields
    assert (fields["ToUserName"], fields["FromUserName"], fields["CreateTime"]) == ("o1", "gh_1", "7")


def test_a_news_reply_has_one_article() -> None:
    news = News("标题 <&>", "一行字", "https://egret.example/card.png", "https://egret.example/h5")
    fields = read_fields(render(MESSAGE, news, 7))
    assert (fields["ArticleCount"], fields["Articles.item.Title"]) == ("1", "标题 <&>")
    assert fields["Articles.item.Url"] == "https://egret.example/h5"
    assert json.loads(render(MESSAGE, news, 7, as_json=True))["Articles"][0]["Title"] == "标题 <&>"


@given(st.text(alphabet="茉莉分a😀\n", max_size=3000), st.integers(10, 200))
def test_parts_fit_and_lose_nothing(text: str, most: int) -> None:
    parts = split_text(text, most)
    assert all(len(part.encode()) <= most for part in parts)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")


def test_a_text_is_cut_at_line_ends() -> None:
    assert split_text("一二\n三四\n五六", 14) == ["一二\n三四", "五六"]
