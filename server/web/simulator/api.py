"""The platform's API: tokens, messages to people, menu, media, QR codes, logins; and the phone company's."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.wechat.results import SUBSCRIPTION, TEMPLATE
from schema.engine.limits import MAX_BODY
from server.platform.kit.json import JsonObject
from server.web.simulator.platform import TOKEN_SECONDS, Platform

COOKIE = "sim-openid"
CODE_TO_SESSION, PAGE_TOKEN = "/sns/jscode2session", "/sns/oauth2/access_token"
_OF_WHOM = {CODE_TO_SESSION: "miniapp", PAGE_TOKEN: "wechat"}
"""Whose AppID and AppSecret a code is exchanged with: those of the mini-program, or of the public account."""
_OK = {"errcode": 0, "errmsg": "ok"}
_TEXT_BYTES = 2048
Handler = Callable[[Platform, JsonObject, Request], Awaitable[Any]]


def call(path: str, handler: Handler, method: str = "POST", whose: str = "wechat") -> Route:
    """A call that needs an access token of its app; what it was told to do wrong comes first."""

    async def endpoint(request: Request) -> Response:
        platform: Platform = request.app.state.platform
        body = await _body(request) if method == "POST" else {}
        platform.calls.append((path, body))
        code = await platform.meet_fault(path)
        if not code and not platform.token_is_good(request.query_params.get("access_token", ""), whose):
            code = 40001
        if code:
            return _refused(code)
        answer = await handler(platform, body, request)
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    return Route(f"/api{path}", endpoint, methods=[method], max_body_size=MAX_BODY)


async def _body(request: Request) -> JsonObject:
    """What was sent; nothing where it is no JSON object."""
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        body = None
    return body if isinstance(body, dict) else {}


def _refused(code: int) -> Response:
    return JSONResponse({"errcode": code, "errmsg": "refused"})


async def _custom_send(platform: Platform, message: JsonObject, _request: Request) -> Any:
    if platform.refuse_sends:
        return _refused(platform.refuse_sends)
    if message["msgtype"] == "msgmenu" and not platform.is_verified:
        return _refused(48001)
    text = _text_of(message)
    if len(text.encode()) > _TEXT_BYTES:
        return _refused(45002)
    platform.phone(message["touser"]).put({"text": text, "raw": message})
    return _OK


def _text_of(message: JsonObject) -> str:
    """What a customer-service message says, with the entries of a menu below each other."""
    if message["msgtype"] != "msgmenu":
        return str(message["text"]["content"])
    menu = message["msgmenu"]
    lines = [menu["head_content"], *(entry["content"] for entry in menu["list"]), menu["tail_content"]]
    return "\n".join(line for line in lines if line)


async def _template_send(platform: Platform, message: JsonObject, _request: Request) -> Any:
    return {**_OK, "msgid": platform.take_notice(TEMPLATE, message, _filled(message))}


async def _subscribe_send(platform: Platform, message: JsonObject, _request: Request) -> Any:
    """Of the mini-program; what became of it is told to the mini-program alone, and nobody here listens."""
    allowed = platform.allowed_notices.get(message["touser"], 0)
    if not allowed:
        return _refused(43101)
    platform.allowed_notices[message["touser"]] = allowed - 1
    platform.phone(message["touser"]).put({"text": _filled(message), "raw": message})
    return _OK


async def _bizsend(platform: Platform, message: JsonObject, _request: Request) -> Any:
    allowed = platform.allowed_notices.get(message["touser"], 0)
    if not allowed:
        return _refused(43101)
    platform.allowed_notices[message["touser"]] = allowed - 1
    return {**_OK, "msgid": platform.take_notice(SUBSCRIPTION, message, _filled(message))}


def _filled(message: JsonObject) -> str:
    return "\n".join(str(part["value"]) for part in message["data"].values())


async def _menu_get(platform: Platform, _body: JsonObject, _request: Request) -> Any:
    return _refused(46003) if platform.menu is None else {"menu": platform.menu}


async def _menu_create(platform: Platform, menu: JsonObject, _request: Request) -> Any:
    platform.menu = menu
    return _OK


async def _scene(platform: Platform, asked: JsonObject, _request: Request) -> Any:
    scene = asked["action_info"]["scene"]["scene_str"]
    if not 1 <= len(scene) <= 64:
        return _refused(40053)
    return {"ticket": secrets.token_urlsafe(32), "url": f"https://weixin.qq.com/q/{scene}"}


async def _media_get(platform: Platform, _body: JsonObject, request: Request) -> Any:
    media_type, content = platform.media.get(request.query_params.get("media_id", ""), ("", b""))
    return Response(content, media_type=media_type) if media_type else _refused(40007)


# Calls with a secret, or with none


async def _stable_token(request: Request) -> Response:
    platform: Platform = request.app.state.platform
    code = await platform.meet_fault("/cgi-bin/stable_token")
    if code:
        return _refused(code)
    asked = await _body(request)
    token = platform.issue_token(str(asked.get("appid")), str(asked.get("secret")))
    return _refused(40125) if token is None else JSONResponse({"access_token": token, "expires_in": TOKEN_SECONDS})


async def _code_to_session(request: Request) -> Response:
    return await _exchanged(request, CODE_TO_SESSION, "js_code", {"session_key": secrets.token_urlsafe(16)})


async def _page_token(request: Request) -> Response:
    token = {"access_token": secrets.token_urlsafe(16), "scope": "snsapi_base"}
    return await _exchanged(request, PAGE_TOKEN, "code", token)


async def _exchanged(request: Request, path: str, name: str, more: dict[str, str]) -> Response:
    """Who a code stands for, and what comes along with it."""
    platform: Platform = request.app.state.platform
    asked = request.query_params
    app_id = asked.get("appid", "")
    code = await platform.meet_fault(path) or platform.fault_of(app_id, asked.get("secret", ""), _OF_WHOM[path])
    if code:
        return _refused(code)
    openid = platform.take_code(app_id, asked.get(name, ""))
    if openid is None:
        return _refused(40029)
    return JSONResponse({"openid": openid, **more, **(_union(platform, openid) if path == CODE_TO_SESSION else {})})


async def _user_info(platform: Platform, _body: JsonObject, request: Request) -> Any:
    openid = request.query_params.get("openid", "")
    return {"subscribe": 1, "openid": openid, **_union(platform, openid)}


def _union(platform: Platform, openid: str) -> JsonObject:
    """The unionid, where the account has one."""
    return {"unionid": platform.unions[openid]} if openid in platform.unions else {}


async def _authorize(request: Request) -> Response:
    """Sends a page's visitor back with a code, as the person whose phone the simulator shows."""
    platform: Platform = request.app.state.platform
    openid = request.cookies.get(COOKIE, "")[:64]
    back_to = request.query_params.get("redirect_uri", "")
    state = request.query_params.get("state", "")
    if not openid or urlsplit(back_to).netloc != urlsplit(platform.base_url).netloc:
        return JSONResponse({"error": "open this page from the simulator's chat"}, 400)
    return RedirectResponse(f"{back_to}?{urlencode({'code': platform.page_code(openid), 'state': state})}", 303)


async def _sms(request: Request) -> Response:
    platform: Platform = request.app.state.platform
    status = await platform.meet_fault("/sms")
    if status:
        return JSONResponse({"error": "refused"}, status)
    message = await _body(request)
    platform.sms.put({"phone": str(message.get("phone", "")), "text": str(message.get("text", ""))})
    return JSONResponse({})


ROUTES = [
    Route("/open/connect/oauth2/authorize", _authorize),
    Route("/api/cgi-bin/stable_token", _stable_token, methods=["POST"], max_body_size=MAX_BODY),
    Route(f"/api{CODE_TO_SESSION}", _code_to_session),
    Route(f"/api{PAGE_TOKEN}", _page_token),
    Route("/api/sms", _sms, methods=["POST"], max_body_size=MAX_BODY),
    call("/cgi-bin/message/custom/send", _custom_send),
    call("/cgi-bin/message/template/send", _template_send),
    call("/cgi-bin/message/subscribe/bizsend", _bizsend),
    call("/cgi-bin/message/subscribe/send", _subscribe_send, whose="miniapp"),
    call("/cgi-bin/menu/get", _menu_get, "GET"),
    call("/cgi-bin/menu/create", _menu_create),
    call("/cgi-bin/qrcode/create", _scene),
    call("/cgi-bin/media/get", _media_get, "GET"),
    call("/cgi-bin/user/info", _user_info, "GET"),
]
