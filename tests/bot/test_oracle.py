"""wechatpy as an independent oracle: what one side writes, the other reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.parser import parse_message

from bot.wechat.crypto import MessageCipher, sign
from bot.wechat.messages import Message, read_fields
from bot.wechat.replies import News, Text, cdata, render
from bot.wechat.webhook import Webhook

TOKEN, KEY, APP_ID, NOW = "token-of-egret", "B" * 42 + "E", "wxegret0000000000", 1714037059
OURS = Webhook(TOKEN, (MessageCipher(KEY, APP_ID),))
THEIRS = WeChatCrypto(TOKEN, KEY, APP_ID)
PRINTABLE = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"), max_size=60)


def body(content: str) -> str:
    return (
        f"<xml><ToUserName>{cdata('gh_1')}</ToUserName><FromUserName>{cdata('o1')}</FromUserName>"
        f"<CreateTime>{NOW}</CreateTime><MsgType>{cdata('text')}</MsgType>"
        f"<Content>{cdata(content)}</Content><MsgId>1</MsgId></xml>"
    )


@given(PRINTABLE)
def test_we_read_what_they_encrypt(content: str) -> None:
    fields = read_fields(THEIRS.encrypt_message(body(content), "nonce1", str(NOW)))
    query = {"timestamp": str(NOW), "nonce": "nonce1", "msg_signature": fields["MsgSignature"]}
    sent = f"<xml><Encrypt>{fields['Encrypt']}</Encrypt></xml>".encode()
    assert OURS.open(query, sent, now=NOW).message.text == content


@given(PRINTABLE)
def test_they_read_what_we_encrypt(content: str) -> None:
    encrypted = OURS.ciphers[0].encrypt(body(content))
    signature = sign(TOKEN, str(NOW), "nonce1", encrypted)
    sent = f"<xml><Encrypt>{encrypted}</Encrypt></xml>"
    read = read_fields(THEIRS.decrypt_message(sent, signature, str(NOW), "nonce1"))
    assert read["Content"] == content


def test_they_refuse_what_we_did_not_sign() -> None:
    sent = f"<xml><Encrypt>{OURS.ciphers[0].encrypt(body('x'))}</Encrypt></xml>"
    with pytest.raises(InvalidSignatureException):
        THEIRS.decrypt_message(sent, sign(TOKEN, str(NOW), "nonce1", "other"), str(NOW), "nonce1")


@given(PRINTABLE.filter(lambda text: text == text.strip()))
def test_both_parse_a_message_alike(content: str) -> None:
    theirs = parse_message(body(content))
    assert (theirs.content or "", theirs.source, str(theirs.id)) == (content, "o1", "1")


def test_they_parse_our_replies() -> None:
    message = Message("gh_1", "o1", NOW, "text", {})
    assert parse_message(render(message, Text("你好"), NOW)).content == "你好"
    news = read_fields(render(message, News("t", "d", "p", "u"), NOW))
    assert news["Articles.item.PicUrl"] == "p"
