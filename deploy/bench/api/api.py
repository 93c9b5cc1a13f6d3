"""The API over HTTP and MongoDB against what others would write: requests a second, and how long they take.

    python deploy/bench/api/api.py [--citizens 10000] [--seconds 4] [--passes 3] [--flat 200000]

Two questions of citizens, each with a token of their own: the score, and 50 records with 8 fields. Each server is one
process on one core; the load (wrk, 32 at once) and MongoDB have the other; all take turns. `--flat` asks again with
so many citizens in the database. Needs wrk, the extra `bench`, and `npm ci` in this folder for mercurius.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import OctKey

from schema.engine.documents import document_id
from schema.types.principal import OPERATOR
from scoring.identity import Identity, check_character
from scoring.records import Delivery, Record
from scoring.scheme import load_scheme, scheme_ids
from server.citizens.consents import consent_document
from server.container import Container, open_container
from server.platform.db import Document
from server.platform.kit.clock import day_of
from server.settings import Settings, demo_settings

HERE = Path(__file__).parent
AT_ONCE = 32
ASKING = 200
"""Citizens with a token, each with 50 records; the others are there to be searched through."""
RECORDS = 50
CHUNK = 5000
REGION = load_scheme(scheme_ids()[0]).city.demo.region
SECRETS = ("token_key", "index_key", "master_key", "wechat_token", "wechat_aes_key", "wechat_app_secret")
SCORE = "query Score { me { score { value band { code } } } }"
LIST = (
    "query Records { me { records(first: 50) { edges { node { id documentNumber occurredOn reportedOn final "
    "disputed points expiresOn } } } } }"
)


@dataclass(frozen=True, slots=True)
class Server:
    """A process under measurement, the path of a question, and what to send it."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def tokens(self) -> str:
        """The file of its tokens."""
        return "egret" if self.name == "egret" else "peers"

    def path(self, question: str) -> str:
        return "/graphql" if self.name.startswith("egret") else f"/{question}"

    def body(self, question: str) -> str:
        text = {"score": SCORE, "records": LIST}[question]
        content = {"documentId": document_id(text)} if self.name == "egret" else {"query": text}
        return orjson.dumps(content).decode()


def person(n: int) -> Identity:
    """A made-up person."""
    first = f"{REGION}{1970 + n // 336:04d}{n // 28 % 12 + 1:02d}{n % 28 + 1:02d}{n % 999 + 1:03d}"
    return Identity("陈小萤", first + check_character(first), f"139{n:08d}")


async def citizen_row(container: Container, n: int, key: Any) -> Document:
    someone, scheme = person(n), container.scheme
    bound = {"hash": container.contacts.id_of("wechat", f"o-{n}"), "channel": "wechat", "bound_at": container.clock()}
    told = {"name": someone.name, "id_number": someone.id_number, "phone": someone.phone}
    enrolled = {"scheme": scheme.id, "consent_version": scheme.consent.version, "enrolled_at": container.clock()}
    return {
        "_id": secrets.token_hex(16),
        "id_index": container.citizens.id_index(someone.id_number),
        "key": key,
        "sealed": await container.vault.seal(key, told),
        "enrolment": enrolled,
        "contacts": [bound],
        "consents": [consent_document(scheme.consent.version, scheme, container.clock())],
        "declined": [],
        "version": 1,
    }


async def enrol(container: Container) -> None:
    """Those who will ask, with keys and records of their own."""
    rules = list(container.scheme.rules)
    today = day_of(container.clock())
    for n in range(ASKING):
        row = await citizen_row(container, n, await container.vault.create_key())
        await container.store["citizens"].insert_one(row)
        deliveries = []
        for k in range(RECORDS):
            rule, day = rules[k % len(rules)], today - timedelta(days=20 + k * 5)
            number = f"{n}-{k}"
            record = Record(
                id=number,
                source=rule.sources[0],
                rule=rule.code,
                data_class=rule.data_class,
                occurred_on=day,
                reported_on=day,
                final=True,
            )
            deliveries.append(Delivery(person(n).id_number, record))
        await container.deliveries.deliver(OPERATOR, deliveries)
        await container.scores.reassess(row["_id"])  # which a worker would do


async def crowd(container: Container, citizens: int) -> None:
    """As many as are missing: documents as they look, under one key, with a statement and two records each."""
    have = await container.store["citizens"].count_documents({})
    key = await container.vault.create_key()
    sample = await container.store["assessments"].find_one({"current": True})
    record = await container.store["records"].find_one({})
    if sample is None or record is None:
        raise RuntimeError("nobody is enrolled")
    for start in range(have, citizens, CHUNK):
        rows = [await citizen_row(container, n, key) for n in range(start, min(start + CHUNK, citizens))]
        await container.store["citizens"].insert_many(rows, ordered=False)
        statements = [{**sample, "_id": secrets.token_hex(16), "citizen": row["_id"]} for row in rows]
        await container.store["assessments"].insert_many(statements, ordered=False)
        records = [
            {**record, "_id": secrets.token_hex(16), "citizen": row["_id"], "document_index": secrets.token_bytes(32)}
            for row in rows
            for _ in range(2)
        ]
        await container.store["records"].insert_many(records, ordered=False)


async def plain_scores(container: Container) -> None:
    """For mercurius: the small answer, in plain."""
    rows = await container.store["citizens"].find({}, {"_id": 1}).limit(ASKING).to_list(None)
    plain = [{"_id": row["_id"], "value": 570, "band": {"code": "steady"}} for row in rows]
    await container.store["plain_scores"].insert_many(plain)


def write_tokens(container: Container, folder: Path) -> None:
    """One file for Egret's own sessions, one for the peers, who verify a JWT as their authors would."""
    folder.mkdir()
    openids = [f"o-{n}" for n in range(ASKING)]
    sessions = [container.sessions.log_in_page(openid).token for openid in openids]
    (folder / "egret").write_text("\n".join(sessions))
    key = OctKey.import_key(container.settings.token_key.get_secret_value())
    claims = {"aud": "egret", "exp": int(time.time()) + 24 * 3600}
    hashes = [container.contacts.id_of("wechat", openid) for openid in openids]
    signed = [jwt.encode({"alg": "HS256"}, {**claims, "sub": one}, key) for one in hashes]
    (folder / "peers").write_text("\n".join(signed))


def start(settings: Settings, uri: str, names: Sequence[str], documents: Path) -> list[Server]:
    """Each on the first core."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    ports = [s.getsockname()[1] for s in held]
    for one in held:
        one.close()
    env = {**os.environ, "EGRET_MONGODB_URI": uri, "EGRET_DATABASE": settings.database, "EGRET_SCHEME": settings.scheme}
    env |= {f"EGRET_{name.upper()}": getattr(settings, name).get_secret_value() for name in SECRETS}
    env |= {"EGRET_API_BUDGET": "1000000000", "EGRET_TRUSTED_DOCUMENTS": str(documents)}
    key = settings.token_key.get_secret_value()
    running = []
    for name, port in zip(names, ports, strict=True):
        peer, _, driver = name.partition("/")
        command = [sys.executable, str(HERE / "peers.py"), peer, driver or "motor", str(port)]
        if name == "egret":
            command = [sys.executable, "-m", "server.cli", "serve"]
        elif name == "mercurius":
            command = [shutil.which("node") or "node", str(HERE / "mercurius.mjs"), str(port), uri]
            command += [settings.database, key]
        process = subprocess.Popen(["/usr/bin/taskset", "-c", "0", *command], env={**env, "EGRET_PORT": str(port)})
        running.append(Server(name, port, process))
    return running


async def ready(server: Server) -> None:
    """Wait until a server listens."""
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.05)


def load(
    server: Server, question: str, tokens: Path, seconds: int, *, pause: int = 0, at_once: int = AT_ONCE
) -> tuple[float, float, float]:
    """Requests a second, and milliseconds at the median and at 99 in 100; `pause` in ms between two of a connection."""
    url = f"http://127.0.0.1:{server.port}{server.path(question)}"
    command = [
        "taskset",
        "-c",
        "1",
        "wrk",
        "-t1",
        f"-c{at_once}",
        f"-d{seconds}s",
        "-s",
        str(HERE / "tokens.lua"),
        url,
        "--",
    ]
    command += [str(tokens / server.tokens), server.body(question), str(pause)]
    text = subprocess.run(command, capture_output=True, text=True, check=True)
    line = next(line for line in text.stdout.splitlines() if line.startswith("RESULT"))
    requests, duration, half, tail, bad = (int(word) for word in line.split()[1:])
    if bad:
        raise RuntimeError(f"{server.name}: {bad} requests failed")
    return requests / duration * 1e6, half / 1000, tail / 1000


def measure(running: Sequence[Server], question: str, tokens: Path, seconds: int, passes: int) -> dict[str, float]:
    """In turns; prints each server's median pass and its share of the handler written by hand."""
    found: dict[str, list[tuple[float, float, float]]] = {s.name: [] for s in running}
    for number in range(passes + 1):
        for server in running:
            measured = load(server, question, tokens, seconds if number else 2)
            if number:
                found[server.name].append(measured)
    rates = {name: statistics.median(rate for rate, _, _ in rows) for name, rows in found.items()}
    for name, rows in found.items():
        raw = "; ".join(f"{rate:.0f}/s p50 {half:.1f} p99 {tail:.1f}" for rate, half, tail in rows)
        share = f", {rates[name] / rates['starlette']:.0%} of the handler by hand" if "starlette" in rates else ""
        print(f"{question:>8} {name:>17}: {rates[name]:6.0f} requests/s{share}   ({raw})")
    return rates


def half_load(server: Server, question: str, tokens: Path, rate: float, passes: int) -> None:
    """The times with half as many at once, and, harder, with as many that ask half as often at a steady pace."""
    pause = int(1000 * AT_ONCE / (rate / 2)) - 2
    for how, values in (("half at once", {"at_once": AT_ONCE // 2}), ("half the rate", {"pause": pause})):
        rows = [load(server, question, tokens, 6, **values) for _ in range(passes)]
        raw = "; ".join(f"{r:.0f}/s p50 {half:.2f} p99 {tail:.2f} ratio {tail / half:.2f}" for r, half, tail in rows)
        ratio = statistics.median(tail / half for _, half, tail in rows)
        print(f"{question:>8} {server.name:>17}: {how}: p99 is {ratio:.2f} x p50   ({raw})")


async def main() -> None:
    """Print the raw figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--citizens", type=int, default=10_000)
    parser.add_argument("--flat", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--passes", type=int, default=3)
    given = parser.parse_args()
    os.sched_setaffinity(0, {1})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = demo_settings(Settings(demo=True, data_dir=folder), port=0)
        async with open_container(settings) as container:
            await enrol(container)
            await crowd(container, given.citizens)
            await plain_scores(container)
            write_tokens(container, tokens := folder / "tokens")
            (documents := folder / "documents").mkdir()
            (documents / "Score.graphql").write_text(SCORE)
            (documents / "Records.graphql").write_text(LIST)
            names = ["egret", "starlette", "starlette/pymongo", "ariadne"] + ["mercurius"] * (
                HERE / "node_modules"
            ).exists()
            running = start(settings, container.store.uri, names, documents)
            try:
                for server in running:
                    await ready(server)
                alone = await asyncio.to_thread(measure, running, "score", tokens, given.seconds, given.passes)
                await asyncio.to_thread(half_load, running[1], "score", tokens, alone["starlette"], given.passes)
                await asyncio.to_thread(half_load, running[0], "score", tokens, alone["egret"], given.passes)
                lists = await asyncio.to_thread(measure, running[:4], "records", tokens, given.seconds, given.passes)
                await asyncio.to_thread(half_load, running[1], "records", tokens, lists["starlette"], given.passes)
                await asyncio.to_thread(half_load, running[0], "records", tokens, lists["egret"], given.passes)
                if given.flat:
                    await crowd(container, given.flat)
                    many = await asyncio.to_thread(measure, running[:1], "score", tokens, given.seconds, given.passes)
                    print(f"{given.citizens:,} citizens against {given.flat:,}: {alone['egret'] / many['egret']:.2f}")
            finally:
                for server in running:
                    server.process.terminate()
                    server.process.wait()


if __name__ == "__main__":
    asyncio.run(main())
