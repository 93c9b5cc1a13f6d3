"""What becomes of a notice after the platform has taken it: events that say that it failed, or that one is allowed.

Source: Tencent's pages on template messages (`TEMPLATESENDJOBFINISH`, whose id is `MsgID`) and on the events of
subscription notices. In JSON their lists stand without the container that they have in XML, and the sample of a change
names the container of a prompt: all of them are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.wechat.messages import Fields, Message

TEMPLATE, SUBSCRIPTION = "template", "subscription"
WAYS = (TEMPLATE, SUBSCRIPTION)
_LISTS = ("SubscribeMsgSentEvent.List", "SubscribeMsgPopupEvent.List", "SubscribeMsgChangeEvent.List", "List")
_WHY = {
    "userblock": "the person blocks messages of the account",
    "systemfailed": "the platform failed",
    "freqlimit": "too many were sent to this person",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A notice that was taken and did not arrive. `closed` are the ways that are of no use for it any more."""

    way: str
    message_id: str
    why: str
    closed: tuple[str, ...]


def failures(message: Message) -> Iterator[Failure]:
    """The notices that an event says did not arrive; none for any other message."""
    if message.event == "templatesendjobfinish":
        state, _, reason = message.fields.get("Status", "").replace(" ", "").lower().partition(":")
        message_id = message.fields.get("MsgID") or message.fields.get("MsgId", "")
        if state == "failed" and message_id:
            closed = WAYS if reason == "userblock" else (TEMPLATE,)
            yield Failure(TEMPLATE, message_id, _WHY.get(reason, "for a reason that is not documented"), closed)
    elif message.event == "subscribe_msg_sent_event":
        for item in _items(message):
            message_id = item.get("MsgID") or item.get("MsgId", "")
            if message_id and (item.get("ErrorCode") or "0") != "0":
                yield Failure(SUBSCRIPTION, message_id, _WHY["systemfailed"], (SUBSCRIPTION,))


def allows_a_notice(message: Message) -> bool:
    """Whether the person has just allowed a subscription notice."""
    if message.event not in ("subscribe_msg_popup_event", "subscribe_msg_change_event"):
        return False
    return any(item.get("SubscribeStatusString") == "accept" for item in _items(message))


def _items(message: Message) -> Iterator[Fields]:
    for name in _LISTS:
        yield from message.each(name)
