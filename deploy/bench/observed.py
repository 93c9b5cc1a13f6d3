"""What watching costs: a request with its log line, numbers and id, against the same application without.

    python deploy/bench/observed.py [--requests 2000] [--passes 5]

`traced` also sends each span nowhere. Requests go into the application itself, in this process; passes alternate.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import logging
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

from opentelemetry.sdk.trace import TracerProvider
from starlette.applications import Starlette

from server.app import build_app
from server.container import Container, open_container
from server.platform.observability import logs
from server.platform.observability.middleware import Observed
from server.platform.observability.traces import TRACES
from server.settings import Settings, demo_settings

BODY = b'{"query": "{ __typename }"}'


def scope() -> dict[str, Any]:
    headers = [(b"content-type", b"application/json"), (b"host", b"egret")]
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": "/graphql",
        "raw_path": b"/graphql", "root_path": "", "scheme": "http", "query_string": b"", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip


async def ask(app: Starlette) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(message: Any) -> None:
        pass

    await app(scope(), receive, send)


async def measure(app: Starlette, count: int) -> float:
    """Microseconds a request."""
    began = time.perf_counter()
    for _ in range(count):
        await ask(app)
    return (time.perf_counter() - began) / count * 1e6


def bare(container: Container) -> Starlette:
    """The application without anything that watches it."""
    app = build_app(container)
    app.user_middleware = [one for one in app.user_middleware if cast(object, one.cls) is not Observed]
    return app


def quiet_logs() -> None:
    """Lines are made, and written into memory."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logs.formatter("json"))
    logging.getLogger().handlers = [handler]
    logging.getLogger().setLevel(logging.INFO)


async def main() -> None:
    """Print the medians, and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--passes", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = demo_settings(Settings(demo=True, data_dir=Path(name), api_budget=10**9), port=0)
        settings = settings.model_copy(update={"api_budget": 10**9})
        async with open_container(settings) as container:
            quiet_logs()
            without, watched = bare(container), build_app(container)

            async def traced() -> float:
                TRACES.use(TracerProvider())
                try:
                    return await measure(watched, given.requests)
                finally:
                    TRACES.close()

            ways: dict[str, Callable[[], Awaitable[float]]] = {
                "bare": lambda: measure(without, given.requests),
                "watched": lambda: measure(watched, given.requests),
                "traced": traced,
            }
            taken: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(given.passes):
                for way, run in ways.items():
                    taken[way].append(await run())
    base = statistics.median(taken["bare"])
    for way, times in taken.items():
        print(f"{way}: {statistics.median(times):.0f} µs, {statistics.median(times) / base:.2f} x")


if __name__ == "__main__":
    asyncio.run(main())
