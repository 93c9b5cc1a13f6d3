"""`/graphiql`: GraphiQL for the demo, from files on this machine; nothing is fetched from elsewhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import orjson
from graphql import build_schema, introspection_from_schema
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from schema.api.building import print_sdl
from server.container import Container
from server.web.pages import page

MODULES = Path(__file__).parent.parent.parent / "deploy" / "graphiql" / "node_modules"
"""Where `deploy/node.sh` puts what `deploy/graphiql/package-lock.json` pins; in a clone only."""
ASSETS = {
    "react.js": "react/umd/react.production.min.js",
    "react-dom.js": "react-dom/umd/react-dom.production.min.js",
    "graphiql.js": "graphiql/graphiql.min.js",
    "graphiql.css": "graphiql/graphiql.min.css",
}
_DEMO_ONLY = "GraphiQL is offered in the demo only: run egret demo."
_NOT_INSTALLED = "GraphiQL is not installed: run sh deploy/node.sh deploy/graphiql (it needs npm), then reload."
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""As everywhere but for styles and fonts: its editor sets styles inline, and its style sheet has the fonts inside."""


def installed() -> bool:
    """Whether its files are on this machine."""
    return all((MODULES / path).is_file() for path in ASSETS.values())


def _refusal(request: Request) -> Response | None:
    container: Container = request.app.state.container
    if not container.settings.demo:
        return PlainTextResponse(_DEMO_ONLY, 404)
    if not installed():
        return PlainTextResponse(_NOT_INSTALLED, 404)
    return None


async def _page(request: Request) -> Response:
    if refusal := _refusal(request):
        return refusal
    shown = page(request, "graphiql.html", lang="en")
    shown.headers["content-security-policy"] = _POLICY
    return shown


async def _asset(request: Request) -> Response:
    if refusal := _refusal(request):
        return refusal
    path = ASSETS.get(request.path_params["name"])
    return FileResponse(MODULES / path) if path else PlainTextResponse("There is no such file.", 404)


@cache
def _introspection() -> bytes:
    return orjson.dumps(introspection_from_schema(build_schema(print_sdl())))


async def _schema(request: Request) -> Response:
    """The schema in the form that GraphiQL reads: its own question for it is deeper than a document may be."""
    return _refusal(request) or Response(_introspection(), media_type="application/json")


ROUTES = [Route("/", _page), Route("/schema.json", _schema), Route("/{name}", _asset)]
