"""What the platform says became of notices: read from XML and JSON, from one item and several."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.wechat.messages import Message, read_fields, read_message
from bot.wechat.results import Failure, allows_a_notice, failures

BLOCKED = "the person blocks messages of the account"


def event(name: str, **fields: Any) -> Message:
    head = {"ToUserName": "gh", "FromUserName": "o1", "CreateTime": 1, "MsgType": "event", "Event": name}
    return read_message(read_fields(json.dumps(head | fields)))


@pytest.mark.parametrize(
    ("status", "why", "closed"),
    [
        ("failed:user block", BLOCKED, ("template", "subscription")),
        ("failed: user block", BLOCKED, ("template", "subscription")),
        ("failed: system failed", "the platform failed", ("template",)),
        ("failed:system failed", "the platform failed", ("template",)),
        ("failed:freq limit", "too many were sent to this person", ("template",)),
        ("failed:何か <b>", "for a reason that is not documented", ("template",)),
        ("failed", "for a reason that is not documented", ("template",)),
    ],
)
def test_a_template_message_that_failed(status: str, why: str, closed: tuple[str, ...]) -> None:
    said = event("TEMPLATESENDJOBFINISH", MsgID=200163836, Status=status)
    assert list(failures(said)) == [Failure("template", "200163836", why, closed)]


@pytest.mark.parametrize("fields", [{"MsgID": 7, "Status": "success"}, {"MsgID": 7}, {"Status": "failed:user block"}])
def test_one_that_did_not_fail_or_is_not_named(fields: dict[str, Any]) -> None:
    assert list(failures(event("TEMPLATESENDJOBFINISH", **fields))) == []


SENT = {"TemplateId": "t", "MsgID": 1700827132819554304, "ErrorCode": 0, "ErrorStatus": "success"}
LOST = {"TemplateId": "t", "MsgID": "1700827132819554305", "ErrorCode": 1003, "ErrorStatus": "system failed"}


@pytest.mark.parametrize("items", [LOST, [LOST], [SENT, LOST]], ids=["one", "a list of one", "the second of two"])
@pytest.mark.parametrize("container", [True, False])
def test_a_subscription_notice_that_failed(items: Any, container: bool) -> None:
    fields = {"SubscribeMsgSentEvent": {"List": items}} if container else {"List": items}
    (failure,) = failures(event("subscribe_msg_sent_event", **fields))
    assert (failure.way, failure.message_id, failure.closed) == (
        "subscription",
        "1700827132819554305",
        ("subscription",),
    )


def test_a_subscription_notice_in_xml_as_the_platform_documents_it() -> None:
    body = """<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>
        <CreateTime>1620963428</CreateTime><MsgType><![CDATA[event]]></MsgType>
        <Event><![CDATA[subscribe_msg_sent_event]]></Event><SubscribeMsgSentEvent><List>
        <TemplateId><![CDATA[t]]></TemplateId><MsgID>1700827132819554304</MsgID>
        <ErrorCode>{}</ErrorCode><ErrorStatus><![CDATA[]]></ErrorStatus></List></SubscribeMsgSentEvent></xml>"""
    assert [f.message_id for f in failures(read_message(read_fields(body.format(5))))] == ["1700827132819554304"]
    assert list(failures(read_message(read_fields(body.format(0))))) == []


@pytest.mark.parametrize("name", ["subscribe_msg_popup_event", "subscribe_msg_change_event"])
@pytest.mark.parametrize(("said", "allowed"), [("accept", True), ("reject", False), ("", False)])
def test_a_notice_is_allowed_or_not(name: str, said: str, allowed: bool) -> None:
    """The sample of a change has the container of a prompt."""
    items = [{"TemplateId": "t1", "SubscribeStatusString": "reject"}, {"SubscribeStatusString": said}]
    assert allows_a_notice(event(name, SubscribeMsgPopupEvent={"List": items})) is allowed
    assert allows_a_notice(event(name, List=items)) is allowed


@pytest.mark.parametrize("name", ["LOCATION", "subscribe", "subscribe_msg_popup_event", "subscribe_msg_sent_event"])
def test_other_events_say_nothing_of_it(name: str) -> None:
    said = event(name, MsgID=7, Status="failed:user block")
    assert list(failures(said)) == []
    assert not allows_a_notice(said)
