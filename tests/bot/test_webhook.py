"""The gate: the mode follows the settings, never the request."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wechat.crypto import MessageCipher, RefusedRequestError, sign
from bot.wechat.messages import read_fields
from bot.wechat.replies import Text
from bot.wechat.webhook import _ENVELOPE, Webhook
from tests.support.messages import TEXT

NOW = 1714037059
CIPHER = MessageCipher("B" * 43, "wxegret0000000000")
OLD_CIPHER = MessageCipher("C" * 43, "wxegret0000000000")
SAFE = Webhook("token-of-egret", (CIPHER,))
CHANGING = Webhook("token-of-egret", (CIPHER, OLD_CIPHER))
PLAIN = Webhook("token-of-egret", ())
JSON = json.dumps(
    {
        "ToUserName": "gh_1",
        "FromUserName": "o1",
        "CreateTime": NOW,
        "MsgType": "text",
        "Content": "你好 <b>",
        "MsgId": "m-1",
    },
    ensure_ascii=False,
)


def query(encrypted: str | None = None) -> dict[str, str]:
    found = {"timestamp": str(NOW), "nonce": "abc", "signature": sign("token-of-egret", str(NOW), "abc")}
    if encrypted is not None:
        found["msg_signature"] = sign("token-of-egret", str(NOW), "abc", encrypted)
    return found


def test_plain_mode_reads_a_signed_body() -> None:
    opened = PLAIN.open(query(), TEXT.encode(), now=NOW)
    assert opened.message.text == "你好 <b>"
    assert read_fields(PLAIN.answer(opened, Text("好"), query(), now=NOW))["Content"] == "好"


def wrapped(encrypted: str, *, as_json: bool, beside: str = "") -> bytes:
    """What WeChat posts in safe mode; in compat mode with plaintext fields next to it."""
    if as_json:
        return json.dumps({"Encrypt": encrypted, **(json.loads(beside) if beside else {})}).encode()
    inner = beside.removeprefix("<xml>").removesuffix("</xml>")
    return f"<xml>{inner}<Encrypt>{encrypted}</Encrypt></xml>".encode()


@pytest.mark.parametrize("as_json", [False, True], ids=["xml", "json"])
@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
def test_every_mode_in_every_format(mode: str, as_json: bool) -> None:
    body = JSON if as_json else TEXT
    webhook, asked, sent = PLAIN, query(), body.encode()
    if mode != "plain":
        encrypted = CIPHER.encrypt(body)
        webhook, asked = SAFE, query(encrypted)
        sent = wrapped(encrypted, as_json=as_json, beside=body if mode == "compat" else "")
    opened = webhook.open(asked, sent, now=NOW)
    assert opened.message.text == "你好 <b>"
    answer = webhook.answer(opened, Text("好"), asked, now=NOW)
    assert answer.startswith("{") is as_json
    fields = read_fields(answer)
    if mode != "plain":
        fields = read_fields(CIPHER.decrypt(fields["Encrypt"]))
    assert (fields["Content"], fields["ToUserName"], fields["MsgType"]) == ("好", "o1", "text")


def test_in_compat_mode_the_plaintext_is_not_believed() -> None:
    encrypted = CIPHER.encrypt(TEXT)
    forged = TEXT.replace("[o1]", "[somebody-else]")
    opened = SAFE.open(query(encrypted), wrapped(encrypted, as_json=False, beside=forged), now=NOW)
    assert opened.message.sender == "o1"


@pytest.mark.parametrize("cipher", [CIPHER, OLD_CIPHER], ids=["current", "previous"])
def test_while_keys_change_both_open_and_the_same_one_answers(cipher: MessageCipher) -> None:
    encrypted = cipher.encrypt(TEXT)
    opened = CHANGING.open(query(encrypted), wrapped(encrypted, as_json=False), now=NOW)
    answer = read_fields(CHANGING.answer(opened, Text("好"), query(encrypted), now=NOW))
    assert read_fields(cipher.decrypt(answer["Encrypt"]))["Content"] == "好"


def test_a_key_that_is_neither_is_refused() -> None:
    encrypted = MessageCipher("D" * 43, "wxegret0000000000").encrypt(TEXT)
    with pytest.raises(RefusedRequestError):
        CHANGING.open(query(encrypted), wrapped(encrypted, as_json=False), now=NOW)


def test_safe_mode_reads_an_encrypted_body_and_answers_encrypted() -> None:
    encrypted = CIPHER.encrypt(TEXT)
    body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()
    opened = SAFE.open(query(encrypted), body, now=NOW)
    assert opened.message.text == "你好 <b>"
    fields = read_fields(SAFE.answer(opened, Text("好"), query(encrypted), now=NOW))
    assert fields["MsgSignature"] == sign("token-of-egret", fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
    assert read_fields(CIPHER.decrypt(fields["Encrypt"]))["Content"] == "好"


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


@given(
    account=st.from_regex(r"\w{1,64}", fullmatch=True),
    encrypted=st.from_regex(r"[A-Za-z0-9+/]{1,200}={0,2}", fullmatch=True),
    gaps=st.lists(st.sampled_from(["", " ", "\n", "\t"]), min_size=5, max_size=5),
)
def test_the_short_way_finds_what_the_parser_finds(account: str, encrypted: str, gaps: list[str]) -> None:
    a, b, c, d, e = gaps
    body = (
        f"{a}<xml>{b}<ToUserName><![CDATA[{account}]]></ToUserName>{c}"
        f"<Encrypt><![CDATA[{encrypted}]]></Encrypt>{d}</xml>{e}"
    )
    found = _ENVELOPE.fullmatch(body)
    assert found is None or found[1] == read_fields(body)["Encrypt"]
