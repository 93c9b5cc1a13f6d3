"""The ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from schema.engine.limits import MAX_BODY
from server.api import graphql, sockets, uploads
from server.api.listeners import Open
from server.chat.dispatcher import Dispatcher
from server.container import Container
from server.jobs.worker import run_worker
from server.platform.http.bodies import Bodies
from server.platform.http.origins import CrossOrigin
from server.platform.kit.tasks import stop
from server.platform.observability.middleware import Observed
from server.web import desk, developers, front, graphiql, h5, letter_check, ops, public_figures, simulator, wechat
from server.web.assets import COMPRESSED, STATIC, Assets
from server.web.domain_files import domain_file
from server.web.error_pages import ErrorPages
from server.web.headers import SecureHeaders, fault
from server.web.readings import Readings


def build_app(container: Container, *, worker: bool = False) -> Starlette:
    """The application over an open container; with a worker inside for the demo."""
    routes: list[BaseRoute] = [  # what is asked most comes first
        Route("/graphql", graphql.graphql, methods=["GET", "POST"], middleware=COMPRESSED, max_body_size=MAX_BODY),
        WebSocketRoute("/graphql", sockets.socket),
        Route("/wechat", wechat.receive, methods=["POST"], max_body_size=MAX_BODY),
        Route("/wechat", wechat.verify, methods=["GET"]),
        Route("/", front.front if container.settings.demo else _home),
        *ops.probes(),
        Mount("/graphiql", routes=graphiql.ROUTES),
        Mount("/developers", routes=developers.ROUTES, middleware=COMPRESSED),
        Mount("/h5", routes=h5.ROUTES),
        Mount("/desk", routes=desk.ROUTES),
        Mount("/letters", routes=letter_check.ROUTES),
        *public_figures.ROUTES,
        Mount("/uploads", routes=uploads.ROUTES),
        Route("/{name}.txt", domain_file, methods=["GET"]),
        Mount("/static", Assets(directory=STATIC), middleware=COMPRESSED),
    ]
    if container.settings.metrics or container.settings.demo:
        routes.append(Route("/metrics", ops.numbers, methods=["GET"]))
    if container.settings.demo:
        routes.append(Mount("/simulator", routes=simulator.ROUTES))

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(run_worker(container)) if worker else None
        container.updates.start()
        beginning = asyncio.create_task(container.sandbox.begin())
        yield
        await app.state.dispatcher.drain()
        await stop(beginning)
        if task is not None:
            await stop(task)

    tls = container.settings.base_url.startswith("https:")
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(Observed, routes=routes),
            Middleware(SecureHeaders, tls=tls),
            Middleware(ErrorPages),
            *_for_other_origins(container.settings.origins),
            Middleware(Bodies),
        ],
        exception_handlers={Exception: fault},
    )
    app.state.tls = tls
    app.state.container = container
    app.state.http = container.http
    app.state.guide = None
    app.state.account_name = container.scheme.name.zh
    app.state.open = Open()
    app.state.readings = Readings(container.store, container.clock)
    app.state.webhook = wechat.webhook_of(container.settings)
    app.state.dispatcher = Dispatcher(container)
    app.state.cards = app.state.dispatcher.pictures
    app.state.platform = simulator.Platform(container.settings) if container.settings.demo else None
    return app


def _for_other_origins(origins: tuple[str, ...]) -> list[Middleware]:
    return [Middleware(CrossOrigin, origins=origins)] if origins else []


async def _home(_request: Request) -> Response:
    return RedirectResponse("/desk")
