"""A thousand messages, each delivered three times at once, to two server processes: how many effects, how many answers.

    python deploy/bench/exactly_once.py [--messages 1000]

Each message is one person's 【1】 in the list of optional items, which switches one off; done twice it would be on
again. Both processes are `egret serve` in safe mode on one embedded database.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from bot.wechat.crypto import MessageCipher, sign
from bot.wechat.messages import read_fields
from bot.wechat.replies import cdata
from server.citizens.consents import consent_document
from server.container import Container, open_container
from server.settings import Settings, demo_settings

AT_ONCE = 16
DELIVERIES = 3
SECRETS = ("token_key", "index_key", "master_key", "wechat_token", "wechat_aes_key", "wechat_app_secret")


def start_servers(settings: Settings, uri: str, ports: Sequence[int]) -> list[subprocess.Popen[bytes]]:
    """Two real servers, told everything by their environment."""
    env = {**os.environ, "EGRET_MONGODB_URI": uri, "EGRET_DATABASE": settings.database, "EGRET_SCHEME": settings.scheme}
    env |= {f"EGRET_{name.upper()}": getattr(settings, name).get_secret_value() for name in SECRETS}
    command = [sys.executable, "-m", "server.cli", "serve"]
    return [
        subprocess.Popen(command, env={**env, "EGRET_PORT": str(port)}, stderr=subprocess.DEVNULL) for port in ports
    ]


def free_ports(count: int) -> list[int]:
    """Ports that no one listens on."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [s.getsockname()[1] for s in held]
    for one in held:
        one.close()
    return ports


async def enrol(container: Container, count: int) -> None:
    """People with nothing but a WeChat account."""
    key, now, scheme = await container.vault.create_key(), container.clock(), container.scheme
    sealed = await container.vault.seal(key, {"name": "市民", "id_number": "", "phone": ""})
    rows = [
        {
            "_id": secrets.token_hex(16),
            "id_index": secrets.token_bytes(16),
            "key": key,
            "sealed": sealed,
            "enrolment": {"scheme": scheme.id, "consent_version": scheme.consent.version, "enrolled_at": now},
            "contacts": [{"hash": container.contacts.id_of("wechat", f"o-{n}"), "channel": "wechat", "bound_at": now}],
            "consents": [consent_document(scheme.consent.version, scheme, now)],
            "declined": [],
            "version": 1,
        }
        for n in range(count)
    ]
    await container.store["citizens"].insert_many(rows)


class Platform:
    """The platform: signs, encrypts, posts, and reads the answers."""

    def __init__(self, settings: Settings, ports: Sequence[int]) -> None:
        self._token = settings.wechat_token.get_secret_value()
        self._cipher = MessageCipher(settings.wechat_aes_key.get_secret_value(), settings.wechat_app_id)
        self._bases = [f"http://127.0.0.1:{port}" for port in ports]
        self._free = asyncio.Semaphore(AT_ONCE)

    async def ready(self, http: httpx.AsyncClient) -> None:
        """Wait until every server answers."""
        for base in self._bases:
            for _ in range(300):
                try:
                    if (await http.get(f"{base}/readyz")).status_code == 200:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)

    async def deliver(self, http: httpx.AsyncClient, openid: str, text: str, number: int) -> list[str]:
        """One message three times at once, to one server and another: the three answers."""
        body = (
            f"<xml><ToUserName>{cdata('gh_1')}</ToUserName><FromUserName>{cdata(openid)}</FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime><MsgType>{cdata('text')}</MsgType>"
            f"<Content>{cdata(text)}</Content><MsgId>{number}</MsgId></xml>"
        )
        async with self._free:
            posts = [self._post(http, self._bases[n % len(self._bases)], body) for n in range(DELIVERIES)]
            return await asyncio.gather(*posts)

    async def _post(self, http: httpx.AsyncClient, base: str, body: str) -> str:
        timestamp, nonce, encrypted = str(int(time.time())), secrets.token_hex(8), self._cipher.encrypt(body)
        query = {
            "timestamp": timestamp,
            "nonce": nonce,
            "signature": sign(self._token, timestamp, nonce),
            "encrypt_type": "aes",
            "msg_signature": sign(self._token, timestamp, nonce, encrypted),
        }
        sent = f"<xml><Encrypt>{encrypted}</Encrypt></xml>"
        response = await http.post(f"{base}/wechat", params=query, content=sent.encode())
        if not response.text.startswith("<xml>"):
            return f"{response.status_code} {response.text}"
        return read_fields(self._cipher.decrypt(read_fields(response.text)["Encrypt"]))["Content"]


def judge(answers: Sequence[Sequence[str]]) -> Counter[str]:
    """How many messages had one answer three times, and what else there was."""
    found: Counter[str] = Counter()
    for three in answers:
        found["the same answer three times" if len(set(three)) == 1 else "different answers"] += 1
        found["answered `success`"] += sum(one.endswith("success") for one in three)
    return found


async def measure(container: Container, platform: Platform, http: httpx.AsyncClient, count: int) -> None:
    """Everybody opens the list, then everybody answers 1; what each did is counted."""
    for text, offset in (("可选", 0), ("1", count)):
        began = time.perf_counter()
        answers = await asyncio.gather(
            *(platform.deliver(http, f"o-{n}", text, 10_000 + offset + n) for n in range(count))
        )
        taken = time.perf_counter() - began
        told = ", ".join(f"{name}: {n:,}" for name, n in sorted(judge(answers).items()))
        rate = count * DELIVERIES / taken
        print(f"{text}: {count:,} messages, {count * DELIVERIES:,} deliveries in {taken:.1f} s ({rate:,.0f}/s); {told}")
    off = await container.store["citizens"].count_documents({"declined": {"$size": 1}})
    links = await container.store["audit"].count_documents({"action": "item.declined"})
    rows = await container.store["conversations"].find({}, {"replies": 1}).to_list(None)
    kept = sum(answered["reply"] is not None for row in rows for answered in row["replies"].values())
    print(
        f"effects: {off:,} items switched off, {links:,} audit links; answers kept: {kept:,} of {2 * count:,} messages"
    )


async def main() -> None:
    """Print the raw figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    given: Any = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = demo_settings(Settings(demo=True, data_dir=Path(name)), port=0)
        async with open_container(settings) as container, httpx.AsyncClient(timeout=30, trust_env=False) as http:
            await enrol(container, given.messages)
            ports = free_ports(2)
            servers = start_servers(settings, container.store.uri, ports)
            try:
                platform = Platform(settings, ports)
                await platform.ready(http)
                await measure(container, platform, http, given.messages)
            finally:
                for server in servers:
                    server.terminate()
                    server.wait()


if __name__ == "__main__":
    asyncio.run(main())
