"""Messages of one person, as the channel gets them."""

from __future__ import annotations

from bot.wechat.messages import Message, read_message


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
