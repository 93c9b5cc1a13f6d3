"""The WeChat protocol layer alone: an encrypted text in, verified and read, and an encrypted text out.

The baseline is wechatpy with the same key and the same message, in the same run and on the same core; it is
installed with the `dev` extra and used nowhere else.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto

from bot.wechat.crypto import MessageCipher, sign
from bot.wechat.messages import read_fields
from bot.wechat.replies import Text
from bot.wechat.webhook import Webhook
from scoring.scheme import load_scheme, scheme_ids

TOKEN, KEY, APP_ID, NOW = "token-of-egret", "B" * 42 + "E", "wxegret0000000000", 1714037059
NONCE = "415670741"
NAME = load_scheme(scheme_ids()[0]).name.zh
REPLY = f"{NAME} 702，良好（2026年11月23日）\n比上月 +12：志愿服务 +20，违法停车 −10\n可用优惠 3 项"
CALLS, PASSES = 2000, 7
OURS = Webhook(TOKEN, (MessageCipher(KEY, APP_ID),))
THEIRS = WeChatCrypto(TOKEN, KEY, APP_ID)


def message() -> str:
    """A text message of 306 bytes or so, as WeChat writes it."""
    return (
        "<xml><ToUserName><![CDATA[gh_97417a04a28d]]></ToUserName>"
        "<FromUserName><![CDATA[o9AgO5Kd5ggOC-bXrbNODIiE3bGY]]></FromUserName>"
        f"<CreateTime>{NOW}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        "<Content><![CDATA[查询]]></Content><MsgId>23716823764761234</MsgId></xml>"
    )


def ours(query: dict[str, str], body: bytes) -> str:
    """Egret's gate."""
    opened = OURS.open(query, body, now=NOW)
    return OURS.answer(opened, Text(REPLY), query, now=NOW)


def theirs(query: dict[str, str], body: bytes) -> str:
    """wechatpy, as its own example does it."""
    opened = THEIRS.decrypt_message(body.decode(), query["msg_signature"], query["timestamp"], query["nonce"])
    reply = create_reply(REPLY, parse_message(opened))
    answer: str = THEIRS.encrypt_message(reply.render(), query["nonce"], query["timestamp"])
    return answer


def microseconds(work: Callable[[], object]) -> float:
    """Time of one call in a pass of many."""
    began = time.perf_counter()
    for _ in range(CALLS):
        work()
    return (time.perf_counter() - began) / CALLS * 1e6


def main() -> None:
    """Passes alternate; the median is printed."""
    encrypted = OURS.ciphers[0].encrypt(message())
    signature = sign(TOKEN, str(NOW), NONCE, encrypted)
    query = {"timestamp": str(NOW), "nonce": NONCE, "msg_signature": signature}
    body = f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()
    for answer in (ours(query, body), theirs(query, body)):
        inner = THEIRS.decrypt_message(answer, read_fields(answer)["MsgSignature"], str(NOW), NONCE)
        assert read_fields(inner)["Content"] == REPLY  # noqa: S101 - both did the work before it is timed
    times: dict[str, list[float]] = {"egret": [], "wechatpy": []}
    for _ in range(PASSES):
        times["egret"].append(microseconds(lambda: ours(query, body)))
        times["wechatpy"].append(microseconds(lambda: theirs(query, body)))
    for name, found in times.items():
        each = ", ".join(f"{t:.0f}" for t in found)
        print(f"{name:>9}: {each} µs; median {statistics.median(found):.0f} µs, best {min(found):.0f} µs")
    medians = {name: statistics.median(found) for name, found in times.items()}
    print(f"ratio: {medians['wechatpy'] / medians['egret']:.2f} (wechatpy / egret, medians)")


if __name__ == "__main__":
    main()
