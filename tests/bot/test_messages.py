"""Messages in: XML and JSON, every hostile form refused, unknown types read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wechat.crypto import RefusedRequestError
from bot.wechat.messages import read_fields, read_message

TEXT = (
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>"
    "<CreateTime>1714037059</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[你好 <b>]]></Content><MsgId>9223372036854775807</MsgId></xml>"
)


def test_a_text_message() -> None:
    message = read_message(read_fields(TEXT))
    assert message.text == "你好 <b>"
    assert message.sender == "o1"
    assert message.key == "gh_1:9223372036854775807"


def test_json_is_read_as_well() -> None:
    body = (
        '{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1714112445,'
        '"MsgType":"event","Event":"SCAN","EventKey":"7"}'
    )
    message = read_message(read_fields(body))
    assert (message.event, message.event_key, message.text) == ("scan", "7", None)


def test_two_taps_in_one_second_are_two_messages() -> None:
    event = TEXT.replace("[text]", "[event]").replace("<MsgId>9223372036854775807</MsgId>", "{}")
    first = event.format("<Event>CLICK</Event><EventKey>score</EventKey>")
    second = event.format("<Event>CLICK</Event><EventKey>lines</EventKey>")
    assert read_message(read_fields(first)).key != read_message(read_fields(second)).key


def test_nested_elements_become_dotted_names() -> None:
    fields = read_fields("<xml><SendPicsInfo><Count>1</Count></SendPicsInfo></xml>")
    assert fields["SendPicsInfo.Count"] == "1"


def test_the_first_of_two_equal_elements_counts() -> None:
    assert read_fields("<xml><A>1</A><A>2</A></xml>")["A"] == "1"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<xml>",
        "hello",
        "<!DOCTYPE xml><xml><A>1</A></xml>",
        '<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml>&a;</xml>',
        "<a>" * 20 + "</a>" * 20,
        "<xml>" + "".join(f"<A{n}>1</A{n}>" for n in range(300)) + "</xml>",
        '<?xml version="1.0" encoding="nosuch"?><xml><A>1</A></xml>',
        '<?xml version="1.0" encoding="gbk"?><xml><A>1</A></xml>',
        "[1]",
        "{",
        "{" * 100_000,
    ],
)
def test_what_is_no_message_is_refused(body: str) -> None:
    with pytest.raises(RefusedRequestError):
        read_message(read_fields(body))


@pytest.mark.parametrize("missing", ["ToUserName", "FromUserName", "CreateTime", "MsgType"])
def test_a_message_needs_who_when_and_what(missing: str) -> None:
    fields = read_fields(TEXT)
    del fields[missing]
    with pytest.raises(RefusedRequestError):
        read_message(fields)


def test_a_name_of_absurd_length_is_refused() -> None:
    with pytest.raises(RefusedRequestError):
        read_message({**read_fields(TEXT), "FromUserName": "o" * 129})


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(body: str) -> None:
    try:
        read_message(read_fields(body))
    except RefusedRequestError:
        return
