"""`egret demo`, `serve` and `worker`: everything that runs until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import webbrowser
from argparse import Namespace
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from server.app import build_app
from server.cli.common import Commands, Failure, positive, say
from server.container import Container, open_container
from server.demo.city import DISPUTES, is_seeded, seed_city
from server.demo.clock import DemoClock, move_on
from server.demo.entities import entities
from server.demo.guide import Guide, guide_of
from server.jobs.worker import run_worker
from server.platform.http.listener import server_config
from server.platform.kit import memory
from server.platform.kit.clock import day_of
from server.platform.kit.progress import progress
from server.platform.kit.tasks import run_all, stop
from server.platform.observability import logs
from server.platform.observability.traces import TRACES, collector
from server.platform.sandbox import confine
from server.settings import Settings, demo_secrets, demo_settings, real_settings
from server.web import graphiql, ops


def register(commands: Commands) -> None:
    """`demo`, `serve` and `worker`."""
    parser = commands.add_parser("demo", help="a synthetic city on an embedded database, with a chat window")
    parser.add_argument("--host", default=None, help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=None, help="port to listen on (8000; 0: any free one)")
    parser.add_argument("--data-dir", type=Path, default=None, help="where the database lives (.egret)")
    parser.add_argument("--residents", type=positive, default=2000, help="how many people to make up (2000)")
    parser.add_argument("--disputes", type=positive, default=DISPUTES, help=f"how many have an objection ({DISPUTES})")
    parser.add_argument("--scheme", default=None, help="one that ships, or a folder (the first that ships)")
    parser.add_argument(
        "--now", type=date.fromisoformat, default=None, metavar="DAY", help="the day it is there (today)"
    )
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.set_defaults(run=demo)
    commands.add_parser("serve", help="the server; settings come from EGRET_ variables").set_defaults(run=serve)
    commands.add_parser("worker", help="delivers messages and lets deadlines decide").set_defaults(run=worker)


_STOPPING = (signal.SIGINT, signal.SIGTERM)


async def demo(arguments: Namespace) -> int:
    """A synthetic city: start the database, seed it once, serve, and say where to look."""
    given = {
        name: value
        for name in ("host", "port", "data_dir", "scheme")
        if (value := getattr(arguments, name)) is not None
    }
    first = Settings(demo=True, **given)
    listening = listen(first.host, first.port)
    settings = demo_settings(first, port=listening.getsockname()[1])
    if "wechat_menus" not in first.model_fields_set:
        settings = settings.model_copy(update={"wechat_menus": True})
    secrets = demo_secrets(settings.data_dir)
    clock = DemoClock()
    logs.only_warnings()
    async with open_container(settings, clock, announce_as="demo") as container:
        await _start_clock(container, clock, arguments.now)
        if not await is_seeded(container):
            with progress() as report:
                await seed_city(container, arguments.residents, secrets, report, arguments.disputes)
            await clock.keep(container.store)
        guide = guide_of(container.scheme, secrets)
        say(_demo_text(settings, container, guide))
        app = build_app(container, worker=True)
        app.state.move_on = partial(move_on, container, clock)
        app.state.guide, app.state.people = guide, list(guide.people)
        if not arguments.no_open and sys.stdout.isatty() and os.environ.get("DISPLAY"):
            webbrowser.open(f"{settings.base_url}/")
        await serve_app(app, listening)
    return 0


async def serve(arguments: Namespace) -> int:
    """The server. Refuses to start with a missing or weak secret."""
    settings = real_settings()
    listening = listen(settings.host, settings.port)
    with _watched(settings, "egret serve"):
        async with open_container(settings, announce_as="serve") as container, ops.served(container):
            await serve_app(build_app(container), listening, settings.trusted_proxies)
    return 0


async def worker(arguments: Namespace) -> int:
    """A worker, until it is told to stop."""
    settings = real_settings()
    with _watched(settings, "egret worker"):
        async with open_container(settings, announce_as="worker") as container, ops.served(container):
            memory.settle()
            task = asyncio.create_task(run_all(run_worker(container), memory.trim()))
            _on_stop(task.cancel)
            with contextlib.suppress(asyncio.CancelledError):
                await task
    return 0


async def _start_clock(container: Container, clock: DemoClock, day: date | None) -> None:
    await clock.load(container.store)
    if day is None:
        return
    clock.move_to(day)
    await clock.keep(container.store)


@contextlib.contextmanager
def _watched(settings: Settings, service: str) -> Iterator[None]:
    """Logs and traces of a process that runs for long."""
    logs.set_up(settings.log_format, secrets=settings.secret_values())
    logs.tell_crashes()
    confine.hide()
    if settings.otlp_endpoint is not None:
        TRACES.use(collector(settings.otlp_endpoint, settings.trace_ratio, service))
    try:
        yield
    finally:
        TRACES.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket that says it is TCP: only then does asyncio switch off Nagle's algorithm.

    Without that, each answer waits up to 40 ms for the reader's delayed acknowledgement.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(1024)
        return listening
    except OSError as error:
        listening.close()
        raise Failure(f"Cannot listen on {host}:{port} ({error.strerror}); choose another --port.") from None


async def serve_app(app: ASGIApp, listening: socket.socket, trusted_proxies: str = "127.0.0.1") -> None:
    """Uvicorn with httptools, on the loop that the command runs on; proxies as addresses or networks, by commas."""
    config = server_config(app, trusted_proxies, lifespan="on", timeout_graceful_shutdown=3)
    sys.setswitchinterval(0.001)  # a document is read in a thread; answers do not wait 5 ms for their turn
    memory.settle()
    trimming = asyncio.create_task(memory.trim())
    server = _Server(config)
    try:
        await server.serve(sockets=[listening])
    finally:
        await stop(trimming)


class _Server(uvicorn.Server):
    """Uvicorn that leaves the end of the process to us, so that everything else closes in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        def stop() -> None:
            self.should_exit = True

        _on_stop(stop)
        yield


def _on_stop(stop: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for number in _STOPPING:
        loop.add_signal_handler(number, stop)


def _demo_text(settings: Settings, container: Container, guide: Guide) -> str:
    """What to open and who to be. Only addresses that work."""
    scheme = container.scheme
    doors = {"Start": "/", "Chat": "/simulator", "Desk": "/desk", "GraphQL": "/graphql"}
    doors |= {"GraphiQL": "/graphiql/"} if graphiql.installed() else {}
    doors |= {"Guides": "/developers/"}
    people = "\n".join(f"    {p.name}  {p.id_number}  {p.phone}" for p in guide.people)
    staff = "\n".join(f"    {account:<8}  {password}" for account, password in guide.passwords.items())
    partner = f"  Partner key ({guide.partner.code}):\n    {guide.partner.text}\n" if guide.partner else ""
    source = f"{guide.source.code}; each of the {len(entities(scheme))} entities has one that ends with its code"
    return f"""
{scheme.name.zh} · {scheme.name.en}: a synthetic city; every person is made up.

  Today     {day_of(container.clock())} (the simulator moves the clock on, or --now DAY)
{chr(10).join(f"  {name:<8}  {settings.base_url}{path}" for name, path in doors.items())}

  People to try (name, ID number, phone):
{people}

  Desk accounts:
{staff}

{partner}  Source key ({source}):
    {guide.source.text}

  Ctrl-C stops everything; the data stays in {settings.data_dir}.
"""
