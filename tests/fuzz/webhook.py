"""Fuzzes the gate: whatever comes in signed, it is read or refused, never anything else.

    python -m tests.fuzz.webhook -max_total_time=20

Each input is signed (and for safe mode encrypted) first, so that it reaches the readers behind the signature.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["bot"]):
    from bot.wechat.crypto import MessageCipher, RefusedRequestError, sign
    from bot.wechat.replies import Text
    from bot.wechat.webhook import Webhook

NOW = 1714037059
TOKEN = "token-of-egret"
CIPHER = MessageCipher("B" * 43, "wxegret0000000000")
GATES = (Webhook(TOKEN, ()), Webhook(TOKEN, (CIPHER,)))


HEAD = b"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>"
HEAD += b"<CreateTime>1714037059</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA["
TAIL = b"]]></Content><MsgId>77</MsgId></xml>"


def one_input(data: bytes) -> None:
    """The first byte chooses the mode, and whether the rest is a body or what a person typed in one."""
    mode, body = data[0] % 4 if data else 0, data[1:]
    webhook, typed = GATES[mode % 2], mode >= 2
    if typed:
        body = HEAD + body + TAIL
    query = {"timestamp": str(NOW), "nonce": "abc", "signature": sign(TOKEN, str(NOW), "abc")}
    if webhook.ciphers:
        encrypted = CIPHER.encrypt(body.decode("utf-8", "replace"))
        query["msg_signature"] = sign(TOKEN, str(NOW), "abc", encrypted)
        body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()
    try:
        opened = webhook.open(query, body, now=NOW)
    except RefusedRequestError:
        if typed:  # the platform can send it, so it is read
            raise
        return
    message = opened.message
    if typed:
        assert (message.sender, message.kind, message.key) == ("o1", "text", "gh_1:77")
    assert message.key.encode()
    for name, value in message.fields.items():
        assert b"\0" not in name.encode() + value.encode()
    assert message.scene is None or message.scene
    assert len(list(message.each("List"))) <= 200
    assert webhook.answer(opened, Text(message.text or ""), query, now=NOW).encode()


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
