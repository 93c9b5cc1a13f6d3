"""A chat message, whole: encrypted text in, dialog state and score from MongoDB, encrypted reply out.

    python deploy/bench/chat.py [--messages 3200] [--passes 3] [--at-once 32]      (extra `bench`)

Egret against WeRoBot and against Flask with wechatpy (`peers.py`), each one process on one core, the same
messages from the same client on the other core, in turns; the peers have a thread for each message at once.
`plain` is how such handlers are written; `once` claims each message and keeps its reply, as Egret does. Egret also
locks the person, seals what it stores, and asks its API. No one writes two messages at once.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pymongo import MongoClient

from bot.wechat.crypto import MessageCipher, sign
from bot.wechat.messages import read_fields
from schema.types.principal import OPERATOR
from scoring.identity import Identity, check_character
from scoring.records import Delivery, Record
from scoring.scheme import load_scheme, scheme_ids
from server.citizens.consents import consent_document
from server.container import Container, open_container
from server.settings import Settings, demo_settings

PEOPLE = 320  # each has written once when the measured passes begin
REGION = load_scheme(scheme_ids()[0]).city.demo.region
SECRETS = ("token_key", "index_key", "master_key", "wechat_token", "wechat_aes_key", "wechat_app_secret")
PEERS = Path(__file__).with_name("peers.py")
RECORDS = ("social-insurance.timely", "housing-fund.timely", "volunteering.hours", "traffic.illegal-parking")


@dataclass(slots=True)
class Server:
    """A process under measurement."""

    name: str
    port: int
    path: str
    process: subprocess.Popen[bytes]


def start(name: str, path: str, command: Sequence[str], env: dict[str, str], port: int) -> Server:
    """On the first core, with everything it says thrown away."""
    process = subprocess.Popen(["/usr/bin/taskset", "-c", "0", *command], env=env, stderr=subprocess.DEVNULL)
    return Server(name, port, path, process)


def servers(settings: Settings, uri: str, driver: str, at_once: int) -> list[Server]:
    """Egret, and the two peers in two ways."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(5)]
    ports = [s.getsockname()[1] for s in held]
    for one in held:
        one.close()
    env = {**os.environ, "EGRET_MONGODB_URI": uri, "EGRET_DATABASE": settings.database, "EGRET_PORT": str(ports[0])}
    env |= {f"EGRET_{name.upper()}": getattr(settings, name).get_secret_value() for name in SECRETS}
    env |= {"EGRET_MONGO_DRIVER": driver, "EGRET_SCHEME": settings.scheme}
    keys = [settings.wechat_token, settings.wechat_aes_key]
    given = [uri, *(key.get_secret_value() for key in keys), settings.wechat_app_id]
    python = sys.executable
    running = [start("egret", "/wechat", [python, "-m", "server.cli", "serve"], env, ports[0])]
    peers = [(which, how) for how in ("plain", "once") for which in ("werobot", "flask")]
    for port, (which, how) in zip(ports[1:], peers, strict=True):
        command = [python, str(PEERS), which, how, str(port), str(at_once), *given]
        running.append(start(f"{which} {how}", "/", command, env, port))
    return running


def person(n: int) -> Identity:
    """A made-up person."""
    first = f"{REGION}{date(1970, 1, 1) + timedelta(days=n * 7):%Y%m%d}{n % 999 + 1:03d}"
    return Identity("陈小萤", first + check_character(first), f"139{n:08d}")


async def enrol(container: Container) -> None:
    """People with an account and a few records; for the peers a score in plain."""
    now, scheme = container.clock(), container.scheme
    for n in range(PEOPLE):
        someone, key = person(n), await container.vault.create_key()
        citizen = secrets.token_hex(16)
        row = {
            "_id": citizen,
            "id_index": container.citizens.id_index(someone.id_number),
            "key": key,
            "sealed": await container.vault.seal(
                key, {"name": someone.name, "id_number": someone.id_number, "phone": someone.phone}
            ),
            "enrolment": {"scheme": scheme.id, "consent_version": scheme.consent.version, "enrolled_at": now},
            "contacts": [{"hash": container.contacts.id_of("wechat", f"o-{n}"), "channel": "wechat", "bound_at": now}],
            "consents": [consent_document(scheme.consent.version, scheme, now)],
            "declined": [],
            "version": 1,
        }
        await container.store["citizens"].insert_one(row)
        day = now.date() - timedelta(days=60)
        await container.deliveries.deliver(
            OPERATOR, [Delivery(someone.id_number, one_record(container, rule, f"{n}-{rule}", day)) for rule in RECORDS]
        )
        await container.scores.reassess(citizen)  # which a worker would do


def one_record(container: Container, rule: str, number: str, day: date) -> Record:
    """A record of a rule."""
    known = container.scheme.rules_by_code[rule]
    return Record(
        id=number,
        source=known.sources[0],
        rule=rule,
        data_class=known.data_class,
        occurred_on=day,
        reported_on=day,
        final=True,
    )


def fill_peers(uri: str) -> None:
    """The same answer for the peers, in plain."""
    score = {"value": 570, "band": "平稳", "day": "2026年11月23日", "open": 1, "next": "图书馆免押金借书（600）"}
    score |= {"short_by": 30, "reasons": [["社会保险按时缴纳", 40], ["公积金按时缴存", 30], ["志愿服务", 10]]}
    client: MongoClient[dict[str, object]] = MongoClient(uri)
    client["peers"]["scores"].insert_many([{"_id": f"o-{n}", **score} for n in range(PEOPLE)])


class Client:
    """Signs, encrypts and sends on connections that stay open; keeps how long each answer took."""

    def __init__(self, settings: Settings, at_once: int) -> None:
        self._at_once = at_once
        self._token = settings.wechat_token.get_secret_value()
        self._cipher = MessageCipher(settings.wechat_aes_key.get_secret_value(), settings.wechat_app_id)
        self._numbers = iter(range(10**9, 10**10))
        self.last = ""

    def request(self, server: Server, openid: str, text: str) -> bytes:
        """One delivery as bytes."""
        body = (
            f"<xml><ToUserName><![CDATA[gh_egret]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            f"<Content><![CDATA[{text}]]></Content><MsgId>{next(self._numbers)}</MsgId></xml>"
        )
        timestamp, nonce, encrypted = str(int(time.time())), secrets.token_hex(8), self._cipher.encrypt(body)
        query = {"timestamp": timestamp, "nonce": nonce, "signature": sign(self._token, timestamp, nonce)}
        query |= {"encrypt_type": "aes", "msg_signature": sign(self._token, timestamp, nonce, encrypted)}
        sent = (
            f"<xml><ToUserName><![CDATA[gh_egret]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        ).encode()
        head = (
            f"POST {server.path}?{urlencode(query)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"
            f"Content-Length: {len(sent)}\r\n\r\n"
        )
        return head.encode() + sent

    async def run(self, server: Server, text: str, count: int) -> tuple[float, list[float]]:
        """Messages a second, and the milliseconds of each."""
        times: list[float] = []
        began = time.perf_counter()
        await asyncio.gather(
            *(self._connection(server, text, count // self._at_once, n, times) for n in range(self._at_once))
        )
        return len(times) / (time.perf_counter() - began), times

    async def _connection(self, server: Server, text: str, count: int, first: int, times: list[float]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for n in range(count):
            asked = self.request(server, f"o-{(first + n * self._at_once) % PEOPLE}", text)
            began = time.perf_counter()
            writer.write(asked)
            self.last = await _answer(reader)
            times.append((time.perf_counter() - began) * 1000)
        writer.close()

    def said(self) -> str:
        """What the last answer says."""
        fields = read_fields(self._cipher.decrypt(read_fields(self.last)["Encrypt"]))
        return fields.get("Content") or fields["Articles.item.Title"]


async def _answer(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    if " 200 " not in head.split("\r\n", 1)[0]:
        raise RuntimeError(head.split("\r\n", 1)[0])
    length = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
    return (await reader.readexactly(length)).decode()


async def ready(server: Server) -> None:
    """Wait until a server listens."""
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.05)


def percentile(times: Sequence[float], share: float) -> float:
    """The time that so many stay under."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def measure(client: Client, running: Sequence[Server], count: int, passes: int) -> None:
    """In turns; the median pass of each is printed, and the ratios to Egret."""
    found: dict[str, list[tuple[float, float, float]]] = {server.name: [] for server in running}
    for number in range(passes + 1):
        for server in running:
            rate, times = await client.run(server, "查询", count if number else count // 4)
            if number == 0:
                print(f"{server.name:>17} says: {client.said().splitlines()[0]}")
                continue
            found[server.name].append((rate, percentile(times, 0.5), percentile(times, 0.99)))
    medians = {name: [statistics.median(values) for values in zip(*rows, strict=True)] for name, rows in found.items()}
    for name, rows in found.items():
        raw = "; ".join(f"{rate:.0f}/s p50 {half:.1f} p99 {tail:.1f}" for rate, half, tail in rows)
        rate, half, tail = medians[name]
        ours = medians["egret"]
        ratios = f"throughput egret/this {ours[0] / rate:.2f}, p99 this/egret {tail / ours[2]:.2f}"
        print(f"{name:>17}: {rate:6.0f} messages/s, p50 {half:5.1f} ms, p99 {tail:5.1f} ms ({raw}); {ratios}")


async def main() -> None:
    """Print the raw figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=3200)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=32)
    parser.add_argument("--driver", choices=("motor", "pymongo"), default="motor")
    given: Any = parser.parse_args()
    os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory() as name:
        settings = demo_settings(Settings(demo=True, data_dir=Path(name)), port=0)
        async with open_container(settings) as container:
            await enrol(container)
            fill_peers(container.store.uri)
            running = servers(settings, container.store.uri, given.driver, given.at_once)
            try:
                for server in running:
                    await ready(server)
                await measure(Client(settings, given.at_once), running, given.messages, given.passes)
            finally:
                for server in running:
                    server.process.terminate()
                    server.process.wait()


if __name__ == "__main__":
    asyncio.run(main())
