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


def test_a_tap_on_a_menu_is_a_text_with_its_entry() -> None:
    entry = "<bizmsgmenuid><![CDATA[bind.consent.01234567.1]]></bizmsgmenuid></xml>"
    tapped = read_message(read_fields(TEXT.replace("</xml>", entry)))
    assert (tapped.text, tapped.menu_entry) == ("你好 <b>", "bind.consent.01234567.1")
    assert read_message(read_fields(TEXT)).menu_entry is None


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
    ("body", "read"),
    [
        ('{"Content":"a\\ud800"}', {"Content": "a"}),
        ('{"MsgId":"\\udc00"}', {"MsgId": ""}),
        ('{"A":"\\ud83d","B":"\\ude00"}', {"A": "", "B": ""}),
        ('{"A":{"B":[{"C":"\\ud8001"}]}}', {"A.B.C": "1"}),
        ('{"A":"\\u00001"}', {"A": "1"}),
        ('{"Content":"a\\u001db"}', {"Content": "ab"}),
        ('{"Content":"a\x1d\x02\x10b\nc"}', {"Content": "ab\nc"}),
        ('{"A":"x","Content":"\x00查\x0b询"}', {"A": "x", "Content": "查询"}),
        ("<xml><A>&#xD800;1</A></xml>", {"A": "1"}),
        ("<xml><A>&#0;1&#x41;</A></xml>", {"A": "1A"}),
        ("<xml><A>\0</A></xml>", {"A": ""}),
        ("<xml><A>&#xFFFE;&#29;</A></xml>", {"A": ""}),
        ("<xml><A>&#x110000;1</A></xml>", {"A": "1"}),
        ("<xml><Content><![CDATA[a\x1d\x02\x10b]]></Content></xml>", {"Content": "ab"}),
        ("<xml><Content><![CDATA[\x1d&#29;]]></Content></xml>", {"Content": "&#29;"}),
        ("<xml><Content><![CDATA[\ufffe查询\uffff]]></Content></xml>", {"Content": "查询"}),
    ],
)
def test_what_is_no_text_is_left_out(body: str, read: dict[str, str]) -> None:
    """It could neither be kept nor answered, and whoever typed it does not see it."""
    assert read_fields(body) == read


@pytest.mark.parametrize("body", ['{"A\\ud800":"1"}', '{"A":{"\\udfff":1}}', '{"A\\u0000B":"1"}'])
def test_a_name_that_is_no_text_is_refused(body: str) -> None:
    with pytest.raises(RefusedRequestError):
        read_fields(body)


HEAD = (
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>"
    "<CreateTime>1714037059</CreateTime>"
)
TAIL = "<MsgId>77</MsgId></xml>"
BROKEN_OUT = [
    "]]>",
    "a]]>b",
    "]]>]]>",
    "]]]]>",
    "<![CDATA[",
    "]]></Content>",
    "]]></Content><Content><![CDATA[",
    "]]></Content><MsgId>1</MsgId><Content><![CDATA[",
    "]]></Content><FromUserName><![CDATA[o2]]></FromUserName><Content><![CDATA[",
    "]]></Content><MsgType><![CDATA[event]]></MsgType><Event>unsubscribe</Event><Content><![CDATA[",
    "]]></Content><MsgId>1</MsgId><X><![CDATA[",
    "]]></Content><X><Content><![CDATA[a]]></Content></X><Content><![CDATA[",
    "]]></Content></xml><!--",
    "]]></Content><!-- ",
    "]]></Content></xml><xml><Content><![CDATA[",
    "]]><b>&amp;</b><![CDATA[",
    "]]>" + "<a>" * 20,
    "]]>" + "".join(f"<A{n}/>" for n in range(300)),
    "]]><!DOCTYPE x>",
    "]]><?xml version='1.0' encoding='gbk'?>",
    "]]>&nosuch;",
    "\x1d]]></Content><MsgId>1</MsgId><Content><![CDATA[",
]


@pytest.mark.parametrize("words", BROKEN_OUT)
@pytest.mark.parametrize(
    ("kind", "field"), [("text", "Content"), ("voice", "Recognition"), ("location", "Label"), ("link", "Title")]
)
def test_words_that_look_like_markup_are_words_of_their_field(words: str, kind: str, field: str) -> None:
    words = words.replace("Content", field)
    body = f"{HEAD}<MsgType><![CDATA[{kind}]]></MsgType><{field}><![CDATA[{words}]]></{field}>{TAIL}"
    message = read_message(read_fields(body))
    assert (message.sender, message.kind, message.event, message.key) == ("o1", kind, "", "gh_1:77")
    assert message.fields[field] == words.replace("\x1d", "")
    assert set(message.fields) == {"ToUserName", "FromUserName", "CreateTime", "MsgType", field, "MsgId"}


def test_sections_that_were_split_by_who_sent_them_are_one_text() -> None:
    body = f"{HEAD}<MsgType>text</MsgType><Content><![CDATA[a]]]]><![CDATA[>b]]></Content>{TAIL}"
    assert read_message(read_fields(body)).text == "a]]>b"


@given(
    st.text(max_size=60) | st.lists(st.sampled_from(["]]>", "<![CDATA[", "</Content>", "<Content>", "a"])).map("".join)
)
def test_whatever_is_typed_is_read_as_typed(words: str) -> None:
    body = f"{HEAD}<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{words}]]></Content>{TAIL}"
    message = read_message(read_fields(body))
    assert (message.sender, message.kind, message.key) == ("o1", "text", "gh_1:77")


@pytest.mark.parametrize("blank", [" ", "\n", "\r\n\t", "  \n"])
def test_blanks_around_what_a_field_holds_do_not_belong_to_it(blank: str) -> None:
    body = (
        TEXT.replace("<![CDATA[", f"{blank}<![CDATA[")
        .replace("]]>", f"]]>{blank}")
        .replace("1714037059", " 1714037059 ")
    )
    message = read_message(read_fields(body))
    assert (message.account, message.sender, message.kind) == ("gh_1", "o1", "text")
    assert message.key == "gh_1:9223372036854775807"
    assert (message.text or "").strip() == "你好 <b>"
    spaced = json.dumps({" ToUserName": " gh_1 ", "FromUserName ": "o1\n", "CreateTime": " 1 ", "MsgType": " Text "})
    assert read_message(read_fields(spaced)).kind == "text"


@pytest.mark.parametrize("created", ["-1", "9" * 30, str(2**63), "soon", ""])
def test_a_time_that_is_none_is_refused(created: str) -> None:
    with pytest.raises(RefusedRequestError):
        read_message({**read_fields(TEXT), "CreateTime": created})


@pytest.mark.parametrize(
    "content",
    [
        *("【收到不支持的消息类型，暂无法显示】", "收到不支持的消息类型，暂无法显示", "[收到不支持的消息类型]"),
        *("【收到不支持的消息类型，请使用手机微信查看】", "[收到了一个表情，请在手机上查看]", "[不支持的消息类型]"),
        *("当前微信版本不支持展示该内容，请升级至最新版本。", "当前微信版本不支持展示该内容,请升级至最新版本"),
        *("[Unsupported message]", "[Unsupported Message]", "[图片]", "[语音]", "【表情】", " [表情] ", "[表情][表情]"),
        "[收到不支持的消息类型，暂无法显示]【收到不支持的消息类型，暂无法显示】",
    ],
)
def test_the_platforms_sentence_for_what_it_cannot_show_is_no_text(content: str) -> None:
    assert read_message({**read_fields(TEXT), "Content": content}).text is None


@pytest.mark.parametrize(
    "words",
    [
        "你们总说收到不支持的消息类型，暂无法显示，可我发的是照片，请看清楚",
        *(
            "收到不支持的消息类型是什么意思",
            "图片",
            "表情",
            "不是我[表情]",
            "[图片]不是我的车",
            "[微笑]",
            "【查询】",
            "【】",
            "",
        ),
    ],
)
def test_a_person_may_quote_that_sentence_and_use_such_words(words: str) -> None:
    assert read_message({**read_fields(TEXT), "Content": words}).text == words


def test_a_voice_message_is_read_as_far_as_the_platform_wrote_it_down() -> None:
    voice = {**read_fields(TEXT), "MsgType": "voice", "Content": "no"}
    assert read_message({**voice, "Recognition": "查询。"}).text == "查询。"
    assert read_message({**voice, "Recognition": "查询。"}).is_spoken
    assert read_message({**voice, "Recognition": ""}).text is None
    assert read_message(voice).text is None


@pytest.mark.parametrize(
    "event", ["user_info_modified", "user_authorization_revoke", "USER_AUTHORIZATION_CANCELLATION"]
)
def test_an_event_about_an_authorization_is_about_the_person_and_not_its_sender(event: str) -> None:
    fields = {"ToUserName": "gh_1", "FromUserName": "the-platform", "CreateTime": 1, "MsgType": "event", "Event": event}
    body = json.dumps({**fields, " OpenID": "o7", " AppID": "wx1", " RevokeInfo": "201"})
    assert read_message(read_fields(body)).sender == "o7"


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
