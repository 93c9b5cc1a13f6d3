"""What others would write: the same chat on WeRoBot, and on Flask with wechatpy. Only measured against.

Both decrypt a text, read the dialog's state and the score from MongoDB, keep the dialog's new state, and
answer encrypted. Neither checks a message's age, seals what it stores, locks its person or says why. With
`once` they also claim each message and keep its reply, so that a retry has no second effect.

    python deploy/bench/peers.py werobot|flask plain|once PORT THREADS MONGODB_URI TOKEN AES_KEY APP_ID
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

import waitress
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError

DATABASE = "peers"


class Once:
    """The least that makes a retry harmless: a claim before the work, the reply kept after it."""

    def __init__(self, database: Any, wanted: bool) -> None:
        self._claims = database["claims"] if wanted else None

    def answer(self, message_id: str, work: Callable[[], str]) -> str:
        """The kept reply, or that of `work`."""
        if self._claims is None:
            return work()
        try:
            self._claims.insert_one({"_id": message_id})
        except DuplicateKeyError:
            kept: str = self._claims.find_one({"_id": message_id})["reply"]
            return kept
        reply = work()
        self._claims.update_one({"_id": message_id}, {"$set": {"reply": reply}})
        return reply


def told(state: dict[str, Any], score: dict[str, Any] | None) -> str:
    """The words of a reply, from what was read."""
    if score is None:
        return "还没有绑定身份。回复【绑定】开始。"
    state["asked"] = state.get("asked", 0) + 1
    rows = "\n".join(f"· {label} {points:+d}" for label, points in score["reasons"])
    return (
        f"信用分 {score['value']}，{score['band']}（{score['day']}）\n{rows}\n"
        f"可用优惠 {score['open']} 项；下一项：{score['next']}，还差 {score['short_by']}\n"
        "【明细】每一分从哪来　【权益】能用什么　【如果】……会怎样"
    )


def werobot_app(database: Any, once: Once, token: str, aes_key: str, app_id: str) -> Any:
    """WeRoBot with its own MongoDB session."""
    from werobot import WeRoBot
    from werobot.session.mongodbstorage import MongoDBStorage

    robot = WeRoBot(
        token=token,
        encoding_aes_key=aes_key,
        app_id=app_id,
        enable_session=True,
        session_storage=MongoDBStorage(database["sessions"]),
    )

    @robot.text  # type: ignore[untyped-decorator]
    def answer(message: Any, session: dict[str, Any]) -> str:
        find = database["scores"].find_one
        return once.answer(message.message_id, lambda: told(session, find({"_id": message.source})))

    return robot.wsgi


def flask_app(database: Any, once: Once, token: str, aes_key: str, app_id: str) -> Any:
    """Flask and wechatpy, as wechatpy's example for encrypted messages does it."""
    from flask import Flask, request
    from wechatpy import create_reply, parse_message
    from wechatpy.crypto import WeChatCrypto

    app, crypto = Flask(__name__), WeChatCrypto(token, aes_key, app_id)

    def work(openid: str) -> str:
        state = database["dialogs"].find_one({"_id": openid}) or {"_id": openid}
        text = told(state, database["scores"].find_one({"_id": openid}))
        database["dialogs"].replace_one({"_id": openid}, state, upsert=True)
        return text

    def answer() -> str:
        query = request.args
        opened = crypto.decrypt_message(request.data, query["msg_signature"], query["timestamp"], query["nonce"])
        message = parse_message(opened)
        reply = create_reply(once.answer(message.id, lambda: work(message.source)), message)
        encrypted: str = crypto.encrypt_message(reply.render(), query["nonce"], query["timestamp"])
        return encrypted

    app.add_url_rule("/", view_func=answer, methods=["POST"])
    return app


def main() -> None:
    """Serve one of them."""
    which, how, port, threads, uri, *keys = sys.argv[1:]
    logging.getLogger("waitress").setLevel(logging.ERROR)
    client: MongoClient[dict[str, Any]] = MongoClient(uri)
    database = client[DATABASE]
    app = {"werobot": werobot_app, "flask": flask_app}[which](database, Once(database, how == "once"), *keys)
    waitress.serve(app, host="127.0.0.1", port=int(port), threads=int(threads))


if __name__ == "__main__":
    main()
