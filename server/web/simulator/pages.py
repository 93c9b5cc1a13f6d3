"""The phone: the page, and what its script calls."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.wechat.client import MEDIA_BYTES
from schema.engine.limits import MAX_BODY
from server.container import Container
from server.platform.kit.clock import SHANGHAI
from server.web import graphiql
from server.web.forms import FORM_BYTES
from server.web.front import WORDS as FRONT
from server.web.pages import page
from server.web.simulator import api, counter
from server.web.simulator.platform import KINDS, Platform, message_xml
from server.web.simulator.words import WORDS, buttons, words_of_script

_LONGEST_ENTRY = 200
_FURTHEST = timedelta(days=400)
"""How far the clock goes at a time: a year and more, so that what expires is seen."""


async def _page(request: Request) -> Response:
    """The phone; Chinese, as the account begins, unless its address asks for English."""
    platform: Platform = request.app.state.platform
    language = "en" if request.query_params.get("lang") == "en" else "zh"
    people = request.app.state.people
    return page(
        request,
        "simulator.html",
        lang="en" if language == "en" else "zh-CN",
        language=language,
        w=lambda code, **details: WORDS.fill(code, **details).in_language(language),
        script_words=words_of_script(language),
        demo=platform.demo,
        server="" if platform.demo else platform.base_url,
        name=request.app.state.account_name,
        people=people,
        shows=[FRONT[f"person_{n}"].in_language(language) for n in range(1, len(people) + 1)],
        menu=buttons(language),
        graphiql=graphiql.installed(),
    )


async def _send(request: Request) -> Response:
    """One message from the page: {openid, kind, content, times, plain, entry}."""
    platform: Platform = request.app.state.platform
    http: httpx.AsyncClient = request.app.state.http
    try:
        asked = orjson.loads(await request.body())
        openid = str(asked["openid"])[:64]
        kind = str(asked["kind"])
        content = str(asked.get("content", ""))
        times = int(asked.get("times", 1))
        entry = None if asked.get("entry") is None else str(asked["entry"])[:_LONGEST_ENTRY]
    except (orjson.JSONDecodeError, KeyError, ValueError, TypeError):
        return JSONResponse({"error": "openid, kind and content, please"}, 400)
    if kind not in KINDS or not 1 <= times <= 5 or not openid:
        return JSONResponse({"error": f"kind is one of {', '.join(KINDS)}; times 1-5"}, 400)
    message_id = str(secrets.randbits(62))
    body = message_xml(platform.account, openid, kind, content, message_id, int(time.time()), entry)
    plain = bool(asked.get("plain", False))
    posts = [platform.post(http, platform.base_url, body, plain=plain) for _ in range(times)]
    return JSONResponse({"results": await asyncio.gather(*posts)})


async def _photo(request: Request) -> Response:
    """A picture that the phone is about to send: its media id."""
    platform: Platform = request.app.state.platform
    media_type = request.headers.get("content-type", "application/octet-stream")
    return JSONResponse({"media_id": platform.keep_media(media_type, await request.body())})


async def _kept_photo(request: Request) -> Response:
    """A picture that the phone has sent, for its own bubble."""
    platform: Platform = request.app.state.platform
    media_type, content = platform.media.get(request.query_params.get("media_id", ""), ("", b""))
    if not media_type.startswith("image/"):
        return Response(status_code=404)
    return Response(content, media_type=media_type)


async def _events(request: Request) -> Response:
    """What arrives by itself, as server-sent events: pushes, and the phone's text messages."""
    platform: Platform = request.app.state.platform
    openid = request.query_params.get("openid", "")[:64]
    phones = {"push": platform.phone(openid), "sms": platform.sms}

    async def stream() -> AsyncIterator[str]:
        seen = dict.fromkeys(phones, 0)
        yield "retry: 1000\n\n"
        while True:
            waits = [asyncio.create_task(p.changed.wait()) for p in phones.values()]
            for name, phone in phones.items():
                for item in [i for i in phone.arrived if i["n"] > seen[name]]:
                    seen[name] = item["n"]
                    yield f"event: {name}\ndata: {orjson.dumps(item).decode()}\n\n"
            _, pending = await asyncio.wait(waits, timeout=10, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            yield ": still here\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})


async def _arrived(request: Request) -> Response:
    """What has arrived on a phone by itself, oldest first, for a program that does not listen."""
    platform: Platform = request.app.state.platform
    return JSONResponse({"arrived": list(platform.phone(request.query_params.get("openid", "")[:64]).arrived)})


async def _callback(request: Request) -> Response:
    """Enter the callback's address at the platform: it asks there, and refuses an address that answers wrongly."""
    platform: Platform = request.app.state.platform
    http: httpx.AsyncClient = request.app.state.http
    try:
        accepted = await platform.check_callback(http)
    except httpx.TransportError:
        accepted = False
    url = f"{platform.base_url}/wechat"
    return JSONResponse({"url": url, "accepted": accepted}, 200 if accepted else 502)


async def _picture(request: Request) -> Response:
    """A picture of a message, fetched as the platform does: a browser would refuse it from another address."""
    platform: Platform = request.app.state.platform
    http: httpx.AsyncClient = request.app.state.http
    address = request.query_params.get("address", "")
    if not address.startswith(f"{platform.base_url}/h5/pictures/"):
        return Response(status_code=404)
    found = await http.get(address)
    return Response(found.content, found.status_code, media_type=found.headers.get("content-type"))


async def _login_code(request: Request) -> Response:
    """A `wx.login` code for an openid, to try the mini-program's login."""
    platform: Platform = request.app.state.platform
    openid = request.query_params.get("openid", "")[:64]
    return JSONResponse({"code": platform.login_code(openid)}) if openid else JSONResponse({}, 400)


async def _token(request: Request) -> Response:
    """A session's token by the mini-program's login, as text: for a developer's first question to the API."""
    platform: Platform = request.app.state.platform
    container: Container = request.app.state.container
    openid = request.query_params.get("openid", "")[:64]
    if not openid:
        return PlainTextResponse("openid, please: dev-1, dev-2 and so on are bound\n", 400)
    session = await container.sessions.log_in(platform.login_code(openid))
    return PlainTextResponse(f"{session.token}\n", headers={"cache-control": "no-store"})


async def _clock(request: Request) -> Response:
    """What time it is in the demo; with {"days": 1} or {"hours": 1}, after its clock was moved on by that."""
    container: Container = request.app.state.container
    if request.method == "GET":
        return JSONResponse({"now": container.clock().astimezone(SHANGHAI).isoformat(timespec="seconds")})
    try:
        asked = orjson.loads(await request.body())
        by = timedelta(days=int(asked.get("days", 0)), hours=int(asked.get("hours", 0)))
    except (orjson.JSONDecodeError, AttributeError, ValueError, TypeError, OverflowError):
        by = timedelta()
    if not timedelta() < by <= _FURTHEST:
        return JSONResponse({"error": f"days or hours, please; at most {_FURTHEST.days} days at a time"}, 400)
    now: datetime = await request.app.state.move_on(by)
    return JSONResponse({"now": now.astimezone(SHANGHAI).isoformat(timespec="seconds")})


PHONE = [
    Route("/", _page),
    Route("/send", _send, methods=["POST"], max_body_size=MAX_BODY),
    Route("/photo", _photo, methods=["POST"], max_body_size=MEDIA_BYTES),
    Route("/photo", _kept_photo, methods=["GET"]),
    Route("/events", _events),
    Route("/picture", _picture),
    Route("/arrived", _arrived),
    Route("/callback", _callback, methods=["POST"], max_body_size=1024),
    Route("/login-code", _login_code),
    *api.ROUTES,
]
"""What needs nothing of Egret but its address."""
ROUTES = [
    *PHONE,
    Route("/token", _token),
    Route("/counter", counter.counter, methods=["GET"]),
    Route("/counter", counter.redeem, methods=["POST"], max_body_size=FORM_BYTES),
    Route("/clock", _clock, methods=["GET", "POST"], max_body_size=1024),
]
"""With what belongs to the demo: a session at once, a partner's counter, and its clock."""
