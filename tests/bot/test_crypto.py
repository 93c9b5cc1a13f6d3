"""WeChat's signatures and encryption, by Tencent's published vectors and an attacker's tries."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wechat.crypto import MessageCipher, RefusedRequestError, check_signature, sign
from tests.support.paths import GOLDEN

VECTORS: dict[str, dict[str, Any]] = {
    v["name"]: v for v in json.loads((GOLDEN / "wechat_vectors.json").read_text("utf-8"))
}
KEY = "A" * 43
APP = "wxegret0000000000"


def test_the_url_verification_of_the_documentation() -> None:
    v = VECTORS["get_echostr"]
    assert sign(v["token"], v["timestamp"], v["nonce"]) == v["signature"]


def test_the_plain_post_of_the_documentation() -> None:
    v = VECTORS["plain_post"]
    check_signature(v["token"], v["signature"], v["timestamp"], v["nonce"], now=int(v["timestamp"]))


def test_the_encrypted_push_of_the_documentation() -> None:
    v = VECTORS["aes_push_json"]
    assert sign(v["token"], v["timestamp"], v["nonce"], v["encrypt"]) == v["msg_signature"]
    assert MessageCipher(v["encoding_aes_key"], v["appid"]).decrypt(v["encrypt"]) == v["msg"]


def test_the_encrypted_reply_of_the_documentation() -> None:
    v = VECTORS["aes_reply_json"]
    cipher = MessageCipher(v["encoding_aes_key"], VECTORS["aes_push_json"]["appid"])
    assert cipher.encrypt(v["msg"], prefix=v["random16"].encode()) == v["encrypt"]
    assert sign(v["token"], v["timestamp"], v["nonce"], v["encrypt"]) == v["msg_signature"]


@pytest.mark.parametrize(
    ("timestamp", "nonce", "seconds"),
    [
        ("1714037059", "486452656", 301),  # old
        ("1714037059", "486452656", -301),  # from the future
        ("171403705", "9486452656", 0),  # a digit moved: the same SHA-1
        ("1714037059", "", 0),
        ("1714037059", "x" * 65, 0),
        ("1714037059", "a b", 0),
        ("１７１４０３７０５９", "1", 0),
    ],
)
def test_ambiguous_or_old_requests_are_refused(timestamp: str, nonce: str, seconds: int) -> None:
    signature = sign("AAAAA", timestamp, nonce)
    with pytest.raises(RefusedRequestError):
        check_signature("AAAAA", signature, timestamp, nonce, now=1714037059 + seconds)


@pytest.mark.parametrize("signature", ["", "0" * 40, "é"])
def test_a_wrong_signature_is_refused(signature: str) -> None:
    with pytest.raises(RefusedRequestError):
        check_signature("AAAAA", signature, "1714037059", "1", now=1714037059)


@given(st.text(max_size=300))
def test_what_is_encrypted_is_decrypted(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    cipher = MessageCipher(KEY, APP)
    assert cipher.decrypt(cipher.encrypt(text)) == text


def test_the_same_text_never_looks_the_same() -> None:
    cipher = MessageCipher(KEY, APP)
    assert cipher.encrypt("你好") != cipher.encrypt("你好")


@given(st.binary(max_size=200))
def test_any_garbage_is_refused_alike(garbage: bytes) -> None:
    with pytest.raises(RefusedRequestError) as caught:
        MessageCipher(KEY, APP).decrypt(base64.b64encode(garbage).decode())
    assert caught.value.args == ()


def test_another_accounts_message_is_refused() -> None:
    with pytest.raises(RefusedRequestError):
        MessageCipher(KEY, "wx-other").decrypt(MessageCipher(KEY, APP).encrypt("hello"))


def test_a_short_key_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="43"):
        MessageCipher("AAAA" * 3 + "AAA", APP)
