"""The desk's queue page among many cases and citizens, as a browser asks for it.

    python deploy/bench/desk.py [--cases 10000] [--citizens 200000] [--requests 200]

Citizens and cases are stored as documents, not filed one by one; the page is the real one, asked in the same process.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher

from schema.types.principal import Kind
from scoring.deadlines import due_on
from server.app import build_app
from server.container import Container, open_container
from server.platform.db import Document
from server.platform.kit.clock import day_of
from server.settings import Settings, demo_settings

CHUNK = 5000


async def fill(container: Container, citizens: int, cases: int) -> None:
    """People as their documents look, and open cases with due dates around today."""
    sealed = await container.vault.seal(key := await container.vault.create_key(), {"words": "x", "texts": {}})
    ids = [secrets.token_hex(16) for _ in range(citizens)]
    for start in range(0, citizens, CHUNK):
        rows: list[Document] = [
            {
                "_id": i,
                "id_index": i.encode(),
                "key": key,
                "sealed": sealed,
                "enrolment": {},
                "consents": [],
                "declined": [],
            }
            for i in ids[start : start + CHUNK]
        ]
        await container.store["citizens"].insert_many(rows, ordered=False)
    rules, now, today = container.scheme.rules, container.clock(), day_of(container.clock())
    for start in range(0, cases, CHUNK):
        rows = [
            one_case(n, ids[n % citizens], rules[n % len(rules)], today - timedelta(days=n % 9), now, sealed)
            for n in range(start, min(start + CHUNK, cases))
        ]
        await container.store["disputes"].insert_many(rows, ordered=False)


def one_case(n: int, citizen: str, rule: Any, filed: Any, now: Any, sealed: Any) -> Document:
    """An open case."""
    return {
        "_id": secrets.token_hex(16),
        "number": f"D-2026-{n:06d}",
        "citizen": citizen,
        "record": f"r{n}",
        "source": rule.sources[0],
        "reporter": None,
        "rule": rule.code,
        "points": -10,
        "reason": "not_mine",
        "sealed": sealed,
        "state": "submitted",
        "open": True,
        "holder": None,
        "filed_at": now,
        "filed_on": filed.isoformat(),
        "started_on": filed.isoformat(),
        "due_on": due_on(filed).isoformat(),
        "extended": False,
        "determination": None,
        "explanation_event": None,
        "proposer": None,
        "lapsed": False,
        "appealed": False,
        "question_event": None,
        "inquiry": None,
        "ended_on": None,
        "excluded": [],
        "revision": 1,
        "events": [],
    }


async def measure(http: httpx.AsyncClient, path: str, count: int) -> list[float]:
    """Milliseconds of each request."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        answer = await http.get(path)
        if answer.status_code != 200:
            raise RuntimeError(str(answer.status_code))
        times.append((time.perf_counter() - began) * 1000)
    return times


def told(times: Sequence[float]) -> str:
    """Median, nine in ten, and the slowest."""
    ordered = sorted(times)
    return (
        f"p50 {ordered[len(ordered) // 2]:.1f} ms, p90 {ordered[len(ordered) * 9 // 10]:.1f}, slowest {ordered[-1]:.1f}"
    )


async def main() -> None:
    """Print the raw figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--citizens", type=int, default=200_000)
    parser.add_argument("--requests", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = demo_settings(Settings(demo=True, data_dir=Path(name)), port=0)
        async with open_container(settings) as container:
            await fill(container, given.citizens, given.cases)
            staff = {"_id": "agent", "name": "agent", "role": Kind.AGENT.value, "active": True, "id_index": None}
            password = secrets.token_urlsafe(9)
            await container.store["staff"].insert_one({**staff, "password_hash": PasswordHasher().hash(password)})
            transport = httpx.ASGITransport(build_app(container))
            async with httpx.AsyncClient(
                transport=transport, base_url=settings.base_url, headers={"sec-fetch-site": "same-origin"}
            ) as http:
                await http.post("/desk/sign-in", data={"account": "agent", "password": password})
                print(f"{given.cases:,} open cases, {given.citizens:,} citizens, a page of 50")
                for part in ("OPEN", "UNASSIGNED", "MINE", "OVERDUE", "TO_APPROVE"):
                    print(f"{part:>10}: {told(await measure(http, f'/desk/?part={part}', given.requests))}")


if __name__ == "__main__":
    asyncio.run(main())
