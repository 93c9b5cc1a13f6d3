"""Replies out: well-formed XML whatever the text, and texts cut where WeChat would refuse them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.wechat.messages import Message, read_fields
from bot.wechat.replies import split_text, text_reply

MESSAGE = Message("gh_1", "o1", 1714037059, "text", {})


@given(st.text(max_size=200))
def test_any_text_survives_the_round_trip(text: str) -> None:
    fields = read_fields(text_reply(MESSAGE, text, 1))
    forbidden = {*map(chr, range(0xD800, 0xE000)), "\ufffe", "\uffff"}
    assert fields["Content"] == "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and c not in forbidden))
    assert fields["ToUserName"] == "o1"
    assert fields["FromUserName"] == "gh_1"


def test_cdata_cannot_be_broken_out_of() -> None:
    reply = text_reply(MESSAGE, "]]><Evil>1</Evil><![CDATA[", 1)
    assert "Evil" not in read_fields(reply)
    assert read_fields(reply)["Content"] == "]]><Evil>1</Evil><![CDATA["


@given(st.text(alphabet="茉莉分a😀\n", max_size=3000), st.integers(10, 200))
def test_parts_fit_and_lose_nothing(text: str, most: int) -> None:
    parts = split_text(text, most)
    assert all(len(part.encode()) <= most for part in parts)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")


def test_a_text_is_cut_at_line_ends() -> None:
    assert split_text("一二\n三四\n五六", 14) == ["一二\n三四", "五六"]
