"""`/livez`, `/readyz` and `/metrics`; and a port of their own for them, that no citizen reaches (`EGRET_OPS_PORT`)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.container import Container
from server.platform.db import LAYOUT
from server.platform.kit.clock import day_of
from server.platform.observability import metrics
from server.web.readiness import CHECKS, calendar_line, register_line, unready
from server.web.readings import Readings

_GRACE_SECONDS = 1


async def livez(request: Request) -> Response:
    """The process turns; no I/O. A worker whose rounds stand still should be started again."""
    container: Container = request.app.state.container
    stuck = container.heartbeats.stuck()
    return PlainTextResponse("ok") if stuck is None else PlainTextResponse(stuck, 503)


async def readyz(request: Request) -> Response:
    """The process can do its work, or what is wrong, in a sentence.

    A second line says how the register of residents stands: an empty one keeps nobody from what is there already. A
    third says whether the next year's working days are known.
    `?exclude=outbox` is for load balancers: late notices are no reason to take the pages away from people. The header
    `egret-layout` says which layout of the database this code knows.
    """
    container: Container = request.app.state.container
    exclude = [name for name in request.query_params.getlist("exclude") if name in CHECKS]
    wrong = await unready(container.store, container.clock, container.settings.outbox_limit, exclude)
    knows = {"egret-layout": str(LAYOUT)}
    if wrong is not None:
        return PlainTextResponse(wrong, 503, headers=knows)
    asked = container.settings.register_url is not None
    register = await register_line(container.store, container.clock, asked=asked)
    return PlainTextResponse(f"ready\n{register}\n{calendar_line(day_of(container.clock()))}\n", headers=knows)


async def numbers(request: Request) -> Response:
    """All metrics."""
    readings: Readings = request.app.state.readings
    await readings.refresh()
    return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


def probes() -> list[Route]:
    """What every port has."""
    return [Route("/livez", livez, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]


def ops_app(container: Container) -> Starlette:
    """The application of the port of its own."""
    app = Starlette(routes=[*probes(), Route("/metrics", numbers, methods=["GET"])])
    app.state.container = container
    app.state.readings = Readings(container.store, container.clock)
    return app


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def served(container: Container) -> AsyncIterator[None]:
    """Serve the port of its own, where the settings name one, for as long as this lasts. Raises OSError."""
    if container.settings.ops_port is None:
        yield
        return
    listening = socket.create_server((container.settings.ops_host, container.settings.ops_port))
    config = uvicorn.Config(
        ops_app(container),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
