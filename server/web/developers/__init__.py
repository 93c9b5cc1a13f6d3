"""`/developers`: the reference made of the SDL, guides with tested snippets, the schema to download, the codes.

Every installation serves it, also where introspection is off: it tells what is public in the source anyway.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from schema.api.audiences import Audience, sdl_for
from schema.api.building import print_sdl
from schema.types.errors import RefusalCode
from server.platform.kit.json import JsonObject
from server.web.developers.reference import codes, marked, reference
from server.web.pages import page

_HERE = Path(__file__).parent
_KEPT = {"cache-control": "public, max-age=300"}
AUDIENCES = {
    Audience.CITIZEN: "Apps of citizens",
    Audience.DESK: "The desk",
    Audience.SOURCE: "Sources",
    Audience.PARTNER: "Partners",
}


@cache
def sdl(audience: Audience | None) -> str:
    """The schema of an audience, or the whole."""
    whole = print_sdl()
    return whole if audience is None else sdl_for(audience, whole)


def snippet(name: str) -> str:
    """One of the documents that the guides show, without the line that says what it is."""
    text = (_HERE / "snippets" / f"{name}.graphql").read_text("utf-8")
    return text.partition("\n")[2].strip() if text.startswith("#") else text.strip()


@cache
def verifier() -> str:
    """What a receiver of webhooks does first."""
    return (_HERE / "verify_webhook.py").read_text("utf-8").strip()


@cache
def releases() -> list[JsonObject]:
    """What each release of the schema changed, the newest first."""
    found: list[JsonObject] = tomllib.loads((_HERE / "changelog.toml").read_text("utf-8"))["release"]
    for one in found:
        if not isinstance(one["on"], date) or not one["changes"]:
            raise ValueError(f"changelog.toml: {one['version']} has a day and changes")
    return found


def _shown(request: Request, template: str, here: str, **values: object) -> Response:
    base = request.app.state.container.settings.base_url
    shared = {"lang": "en", "here": here, "audiences": AUDIENCES, "base": base, "snippet": snippet}
    shown = page(request, template, **(shared | values))
    shown.headers.update(_KEPT)
    return shown


async def _start(request: Request) -> Response:
    return _shown(request, "developers_start.html", "start", demo=request.app.state.container.settings.demo)


async def _guides(request: Request) -> Response:
    return _shown(request, "developers_guides.html", "guides", verifier=verifier())


async def _reference(request: Request) -> Response:
    name = request.path_params["audience"]
    if name not in set(Audience):
        return PlainTextResponse("There is a reference for: " + ", ".join(Audience), 404)
    audience = Audience(name)
    return _shown(request, "developers_reference.html", name, audience=audience, parts=reference(sdl(audience)))


async def _codes(request: Request) -> Response:
    schema = request.app.state.container.schema._schema
    return _shown(request, "developers_codes.html", "codes", codes=codes(schema, RefusalCode))


async def _changelog(request: Request) -> Response:
    return _shown(request, "developers_changelog.html", "changelog", releases=releases(), marked=marked)


async def _sdl(request: Request) -> Response:
    name = request.path_params["name"]
    if name != "schema" and name not in set(Audience):
        return PlainTextResponse("schema.graphql is the whole; " + ", ".join(f"{a}.graphql" for a in Audience), 404)
    text = sdl(None if name == "schema" else Audience(name))
    headers = {**_KEPT, "content-disposition": f'inline; filename="{name}.graphql"'}
    return PlainTextResponse(text, headers=headers)


ROUTES = [
    Route("/", _start),
    Route("/guides", _guides),
    Route("/reference/{audience}", _reference),
    Route("/codes", _codes),
    Route("/changelog", _changelog),
    Route("/{name}.graphql", _sdl),
]
