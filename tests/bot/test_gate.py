"""The gate: the mode follows the settings, never the request."""

from __future__ import annotations

import pytest

from bot.wechat.crypto import MessageCipher, RefusedRequestError, sign
from bot.wechat.gate import Gate
from bot.wechat.messages import read_fields
from tests.bot.test_messages import TEXT

NOW = 1714037059
CIPHER = MessageCipher("B" * 43, "wxegret0000000000")
SAFE = Gate("token-of-egret", CIPHER)
PLAIN = Gate("token-of-egret", None)


def query(encrypted: str | None = None) -> dict[str, str]:
    found = {"timestamp": str(NOW), "nonce": "abc", "signature": sign("token-of-egret", str(NOW), "abc")}
    if encrypted is not None:
        found["msg_signature"] = sign("token-of-egret", str(NOW), "abc", encrypted)
    return found


def test_plain_mode_reads_a_signed_body() -> None:
    assert PLAIN.open(query(), TEXT.encode(), now=NOW).text == "你好 <b>"
    assert PLAIN.seal("<xml/>", query(), now=NOW) == "<xml/>"


def test_safe_mode_reads_an_encrypted_body_and_answers_encrypted() -> None:
    encrypted = CIPHER.encrypt(TEXT)
    body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()
    assert SAFE.open(query(encrypted), body, now=NOW).text == "你好 <b>"
    fields = read_fields(SAFE.seal("<xml><A>1</A></xml>", query(encrypted), now=NOW))
    assert fields["MsgSignature"] == sign("token-of-egret", fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
    assert CIPHER.decrypt(fields["Encrypt"]) == "<xml><A>1</A></xml>"


def test_a_plaintext_body_in_safe_mode_is_refused() -> None:
    with pytest.raises(RefusedRequestError):
        SAFE.open(query(), TEXT.encode(), now=NOW)


def test_the_url_signature_does_not_open_safe_mode() -> None:
    encrypted = CIPHER.encrypt(TEXT)
    stolen = {**query(), "msg_signature": query()["signature"]}
    with pytest.raises(RefusedRequestError):
        SAFE.open(stolen, f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode(), now=NOW)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(RefusedRequestError):
        PLAIN.open(query(), b"\xff\xfe", now=NOW)


def test_the_first_verification_echoes() -> None:
    assert SAFE.echo({**query(), "echostr": "4375120948345356249"}, now=NOW) == "4375120948345356249"
    with pytest.raises(RefusedRequestError):
        SAFE.echo({"echostr": "1"}, now=NOW)


@pytest.mark.parametrize("body", [b'{"Encrypt": "\\ud800"}', b'{"Encrypt": 1}', b"{}"])
def test_any_unsigned_body_is_refused_before_it_is_looked_at(body: bytes) -> None:
    with pytest.raises(RefusedRequestError):
        SAFE.open(query(), body, now=NOW)
