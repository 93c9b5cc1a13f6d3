"""`/wechat` and whatever may come signed: read and answered, or refused without a word; never a fault of the server."""

from __future__ import annotations

import json
import time
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.wechat.crypto import RefusedRequestError, sign
from bot.wechat.webhook import Webhook
from server.platform.db.store import to_bson
from tests.support.messages import EVENTS, KINDS
from tests.support.world import World

SEVERAL = settings(max_examples=250, suppress_health_check=list(HealthCheck))

ANYTHING = st.characters(exclude_categories=())
"""Surrogates and NUL among them."""
STRANGE = st.one_of(
    st.text(ANYTHING, max_size=12),
    st.sampled_from(
        ["\ud800", "a\udfff", "\0", "\ufeff", "\u2028", "\u202e", "$where", "a.b", "]]>", "9" * 5000, "-1"]
    ),
)
SAID = st.sampled_from(["绑定", "1", "查询", "明细", "异议", "权益", "帮助", "取消", "English", "确认"])
NAMES = st.one_of(st.sampled_from(["Event", "EventKey", "MsgID", "List", "$set", "a\0b", "", "A.1"]), STRANGE)
VALUES = st.recursive(
    st.one_of(STRANGE, st.integers(), st.floats(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    """A valid message or event, of which nothing, a few fields or all may have become something else."""
    message: dict[str, Any] = {
        "ToUserName": "gh_egret",
        "FromUserName": draw(st.sampled_from(["o-one", "o-two"])),
        "CreateTime": int(time.time()),
        "MsgType": draw(st.sampled_from(["text", "text", "event", "event", *KINDS])),
        "Content": draw(SAID),
        "MsgId": draw(st.integers(1, 2**63)),
        "Event": draw(st.sampled_from(EVENTS)),
        "EventKey": draw(st.sampled_from(["score", "qrscene_library", ""])),
        "MediaId": "m1",
    }
    for name in draw(st.lists(st.sampled_from(sorted(message)), max_size=2)):
        message[name] = draw(VALUES)
    return message | draw(st.dictionaries(NAMES, VALUES, max_size=1))


def as_json(message: dict[str, Any]) -> str:
    """With `\\ud800` and `\\u0000` where there is half a pair or a NUL."""
    return json.dumps(message)


def as_xml(message: dict[str, Any], *, by_number: bool) -> str:
    """Each text in CDATA, or each character as a reference, which is how a surrogate or a NUL can be asked for."""

    def element(name: str, value: Any) -> str:
        if isinstance(value, list):
            return "".join(element(name, one) for one in value)
        if isinstance(value, dict):
            inside = "".join(element(key, one) for key, one in value.items())
        elif by_number:
            inside = "".join(f"&#{ord(char)};" for char in str(value))
        else:
            inside = f"<![CDATA[{value}]]>"
        return f"<{name}>{inside}</{name}>"

    body = "".join(element(escape(name), value) for name, value in message.items())
    return f"<xml>{body}</xml>".encode(errors="replace").decode()


BODIES = st.one_of(
    st.builds(as_json, messages()),
    st.builds(as_xml, messages(), by_number=st.booleans()),
    st.builds(lambda message, cut: as_json(message)[:cut], messages(), st.integers(0, 300)),
    st.text(max_size=60),
)


async def check(world: World, body: str, *, safe: bool, caplog: pytest.LogCaptureFixture) -> int:
    """Post a signed body; what came of it is an answer or an empty refusal. The status."""
    webhook: Webhook = world.app.state.webhook
    query, sent = world.platform.signed(body, plain=not safe)
    response = await world.http.post("/wechat", params=query, content=sent.encode())
    assert response.status_code in (200, 403)
    assert response.status_code == 200 or response.content == b""
    assert not [line.getMessage() for line in caplog.records if line.levelname in ("ERROR", "CRITICAL")]
    try:
        opened = webhook.open(query, sent.encode(), now=time.time())
    except RefusedRequestError:
        assert response.status_code == 403
    else:
        assert response.status_code == 200
        to_bson({"fields": dict(opened.message.fields)})  # as it is kept, should it take long
    return response.status_code


@pytest.fixture(params=["plain", "safe"])
def safe(world: World, request: pytest.FixtureRequest) -> bool:
    """Which mode the account is in."""
    if request.param == "plain":
        world.app.state.webhook = Webhook(world.platform.token, ())
    return bool(request.param == "safe")


@pytest.mark.long
@SEVERAL
@given(body=BODIES)
async def test_whatever_is_signed_is_answered_or_refused(
    world: World, safe: bool, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    await check(world, body, safe=safe, caplog=caplog)


async def test_json_that_is_no_text_is_read_without_it_and_a_name_that_is_none_is_refused(
    world: World, safe: bool, caplog: pytest.LogCaptureFixture
) -> None:
    message = {"ToUserName": "gh", "FromUserName": "o-one", "CreateTime": 1, "MsgType": "text", "Content": "帮助"}
    assert await check(world, as_json(message), safe=safe, caplog=caplog) == 200
    for value in ("\ud800", "a\udfff", "\0"):
        for field in ("MsgId", "Content", "EventKey"):
            assert await check(world, as_json(message | {field: value}), safe=safe, caplog=caplog) == 200
        assert await check(world, as_json(message | {f"x{value}": "1"}), safe=safe, caplog=caplog) == 403


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 403), (b"<xml></xml>", 403), (b"hello", 403), (b"x" * 65537, 413)],
)
async def test_what_is_not_from_wechat_is_refused_and_empty(world: World, content: bytes, status: int) -> None:
    response = await world.http.post("/wechat", content=content)
    assert response.status_code == status
    assert response.content in (b"", b"Content Too Large")


async def test_a_plaintext_message_is_refused_in_safe_mode(world: World) -> None:
    asked = {"openid": "o1", "kind": "text", "content": "你好", "plain": True}
    result = (await world.http.post("/simulator/send", json=asked)).json()["results"][0]
    assert (result["status"], result["got"]) == (403, "")


async def test_the_address_is_verified(world: World) -> None:
    token, now = world.platform.token, str(int(time.time()))
    good = {"timestamp": now, "nonce": "1", "signature": sign(token, now, "1"), "echostr": "123"}
    assert (await world.http.get("/wechat", params=good)).text == "123"
    bad = await world.http.get("/wechat", params={**good, "signature": "0" * 40})
    assert (bad.status_code, bad.content) == (403, b"")
