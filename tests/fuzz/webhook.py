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


def one_input(data: bytes) -> None:
    """The first byte chooses the mode; the rest is the body, or what is encrypted in it."""
    webhook, body = GATES[data[0] % 2 if data else 0], data[1:]
    query = {"timestamp": str(NOW), "nonce": "abc", "signature": sign(TOKEN, str(NOW), "abc")}
    if webhook.ciphers:
        encrypted = CIPHER.encrypt(body.decode("utf-8", "replace"))
        query["msg_signature"] = sign(TOKEN, str(NOW), "abc", encrypted)
        body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()
    try:
        opened = webhook.open(query, body, now=NOW)
    except RefusedRequestError:
        return
    message = opened.message
    assert message.key.encode()
    for name, value in message.fields.items():
        assert b"\0" not in name.encode() + value.encode()
    assert message.scene is None or message.scene
    assert len(list(message.each("List"))) <= 200
    assert webhook.answer(opened, Text(message.text or ""), query, now=NOW).encode()


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
