"""Messages in: XML and JSON, every hostile form refused, unknown types read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wechat.crypto import RefusedRequestError
from bot.wechat.messages import read_fields, read_message
from tests.support.messages import EVENTS, KINDS, TEXT


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


def test_repeated_elements_are_numbered_and_the_first_keeps_its_name() -> None:
    assert read_fields("<xml><A>1</A><A>2</A><A>3</A></xml>") == {"A": "1", "A.1": "2", "A.2": "3"}


ITEMS = [{"TemplateId": "t1", "Status": "accept"}, {"TemplateId": "t2", "Status": "reject"}]


@pytest.mark.parametrize("count", [1, 2])
def test_one_item_and_several_read_alike_in_xml_and_json(count: int) -> None:
    """In JSON one item arrives as an object, several as an array."""
    items = ITEMS[:count]
    lists = "".join("<List>" + "".join(f"<{k}>{v}</{k}>" for k, v in i.items()) + "</List>" for i in items)
    head = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": 1, "MsgType": "event", "Event": "e"}
    xml = "<xml>" + "".join(f"<{k}>{v}</{k}>" for k, v in head.items()) + f"<E>{lists}</E></xml>"
    body = json.dumps({**head, "E": {"List": items[0] if count == 1 else items}})
    for text in (xml, body):
        assert list(read_message(read_fields(text)).each("E.List")) == items


@pytest.mark.parametrize(
    ("event", "key", "scene"),
    [
        ("subscribe", "qrscene_library", "library"),
        ("subscribe", "", None),
        ("SCAN", "library", "library"),
        ("CLICK", "qrscene_library", None),
    ],
)
def test_the_scene_of_a_scanned_code(event: str, key: str, scene: str | None) -> None:
    fields = {"ToUserName": "g", "FromUserName": "o", "CreateTime": "1", "MsgType": "event"}
    assert read_message({**fields, "Event": event, "EventKey": key}).scene == scene


@pytest.mark.parametrize("kind", [*KINDS, *(f"event:{e}" for e in EVENTS)])
def test_every_type_is_read_known_or_not(kind: str) -> None:
    kind, _, event = kind.partition(":")
    fields = {"ToUserName": "g", "FromUserName": "o", "CreateTime": "1", "MsgType": kind, "Event": event}
    message = read_message({**fields, "MsgID": "7"})
    assert (message.kind, message.event) == (kind, event.lower())
    assert message.key


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


@pytest.mark.parametrize(
    "body",
    [
        '{"Content":"a\\ud800"}',
        '{"MsgId":"\\udc00"}',
        '{"A":"\\ud83d","B":"\\ude00"}',
        '{"A":{"B":[{"C":"\\ud800"}]}}',
        '{"A":[["\\ud800"]]}',
        '{"A\\ud800":"1"}',
        '{"A":{"\\udfff":1}}',
        '{"A":"\\u0000"}',
        '{"A\\u0000B":"1"}',
        "<xml><A>&#xD800;</A></xml>",
        "<xml><A>&#0;</A></xml>",
        "<xml><A>\0</A></xml>",
        "<xml><A\0>1</A\0></xml>",
        "<xml><A>&#xFFFE;</A></xml>",
        "<xml><A>&#x110000;</A></xml>",
    ],
)
def test_what_is_no_text_is_refused_at_any_depth_and_in_names(body: str) -> None:
    """It could neither be kept nor answered."""
    with pytest.raises(RefusedRequestError):
        read_fields(body)


def test_a_whole_pair_of_surrogates_is_a_character_like_any_other() -> None:
    assert read_fields('{"Content":"\\ud83d\\ude00"}') == {"Content": "😀"}


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
