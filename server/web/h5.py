"""`/h5`: the pages that open from the chat: my score, binding away from the chat, my data; and the pictures.

Each page knows its visitor by WeChat's own login. Binding, my data and letters need, beside that, an address that
Egret has just given in the chat, and open only for the person it was given to: forwarded, it opens nothing.
Pictures and photos are fetched without a login, by addresses of a few minutes.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from typing import Any, NamedTuple

import orjson
from markupsafe import Markup
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.dialogs.flow import AskedError
from bot.operations import operations
from bot.phrases import day, phrase, points
from schema.connection import global_id
from schema.errors import Refused
from schema.execution import ask
from schema.principal import Kind, Principal
from scoring.disputes import PHOTOS_MAX
from server.asker import Asker
from server.evidence import MOST_BYTES
from server.export import export_of
from server.keys import KeyDestroyedError
from server.links import BadLinkError
from server.pictures import Pictures
from server.sessions import BadTokenError
from server.system import System
from server.web.letters import letter_page, letter_pdf
from server.web.pages import page, same_origin

COOKIE, STATE, BACK = "egret_page", "egret_state", "egret_back"
_BACK = re.compile(r"/h5/(?:(?:bind|data|letters|evidence-form)/[\w-]{1,1024}(?:\.pdf)?)?", re.ASCII)
"""Where a login may lead back to."""
_FORM_MAX = 16 * 1024
_UPLOAD_MAX = PHOTOS_MAX * MOST_BYTES + 64 * 1024
_PICTURE_HEADERS = {"cache-control": "private, max-age=600"}


def _system(request: Request) -> System:
    system: System = request.app.state.system
    return system


def _page(request: Request, template: str, language: str, status: int = 200, **values: Any) -> Response:
    """A page in the visitor's language; `t` gives its phrases."""

    def t(key: str, **filled: object) -> str:
        return phrase(language, key, **filled)

    lang = "en" if language == "en" else "zh-CN"
    return page(request, template, status, t=t, lang=lang, **values)


def _gone(request: Request) -> Response:
    return _page(request, "h5_gone.html", "zh", 410)


async def _visitor(request: Request) -> Principal | None:
    """Who WeChat says is here; None where it has not been asked yet."""
    token = request.cookies.get(COOKIE)
    if token is None:
        return None
    try:
        principal = await _system(request).sessions.principal_of(token)
    except BadTokenError:
        return None
    return None if principal.contact is None else principal


# My score


async def score(request: Request) -> Response:
    """The card, the reasons and the benefits of whoever WeChat says is here."""
    system, visitor = _system(request), await _visitor(request)
    if visitor is None or visitor.contact is None:
        return _to_login(request)
    contact = visitor.contact
    known = await system.contacts.get(contact.id)
    language = known.language if known else "zh"
    asker = Asker(system, contact, secrets.token_hex(8))
    me = (await asker.answer("Score", {}))["me"]
    if me is None:
        return _page(request, "h5_unbound.html", language)
    lines = (await asker.answer("Lines", {"first": 50}))["me"]["score"]["lines"]["edges"]
    benefits = (await asker.answer("Benefits", {}))["me"]["benefits"]["edges"]
    svg = await Pictures(system).score_svg(contact, language)
    return _page(
        request,
        "h5_score.html",
        language,
        card=Markup(svg),  # noqa: S704 - drawn and escaped by us
        score=me["score"],
        lines=[edge["node"] for edge in lines],
        benefits=[edge["node"] for edge in benefits],
        local="en" if language == "en" else "zh",
        points=points,
        day=lambda iso: day(language, iso),
    )


def _to_login(request: Request) -> Response:
    system, state = _system(request), secrets.token_urlsafe(16)
    response = RedirectResponse(system.wechat.authorize_url(f"{system.settings.base_url}/h5/login", state), 303)
    _set_cookie(request, response, STATE, state, 600)
    _set_cookie(request, response, BACK, request.url.path, 600)
    return response


async def login(request: Request) -> Response:
    """Back from WeChat with a code; the state belongs to this browser."""
    system, expected = _system(request), request.cookies.get(STATE, "")
    state, code = request.query_params.get("state", ""), request.query_params.get("code", "")[:512]
    if not expected or not secrets.compare_digest(expected.encode(), state.encode()):
        return _gone(request)
    openid = await system.wechat.openid_of_page(code)
    if openid is None:
        return _gone(request)
    session = system.sessions.log_in_page(openid)
    back = request.cookies.get(BACK, "")
    response = RedirectResponse(back if _BACK.fullmatch(back) else "/h5/", 303)
    for name in (STATE, BACK):
        response.delete_cookie(name, path="/h5")
    _set_cookie(request, response, COOKIE, session.token, int((session.expires_at - system.clock()).total_seconds()))
    return response


def _set_cookie(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    """Lax, for WeChat sends people here from its own address."""
    secure = _system(request).settings.base_url.startswith("https:")
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure, path="/h5")


# Binding away from the chat


class Binder(NamedTuple):
    """Who fills in the form: the contact that the link was given to."""

    asker: Asker
    language: str
    contact: str


async def bind_form(request: Request) -> Response:
    """The form behind a link that was given in the chat."""
    if await _visitor(request) is None:
        return _to_login(request)
    found = await _binder(request)
    return _gone(request) if found is None else await _bind_page(request, found)


async def bind(request: Request) -> Response:
    """Check the identity and send a code, or confirm the code."""
    found = await _binder(request)
    if found is None or not same_origin(request):
        return _gone(request)
    asker, language = found.asker, found.language
    async with request.form(max_fields=8) as form:
        given = {name: str(form.get(name, ""))[:64] for name in ("name", "id_number", "phone", "code", "attempt")}
        agreed = form.get("consent")
    if given["attempt"]:
        confirming = {"attempt": given["attempt"], "code": given["code"]}
        return await _confirm(request, found, confirming)
    version = (await asker.answer("ConsentText", {}))["consentText"]["version"]
    if agreed != version:
        refusal = {"zh": phrase("zh", "h5.agree_first"), "en": phrase("en", "h5.agree_first")}
        return await _bind_page(request, found, refusal=refusal, given=given)
    person = {"consentVersion": version, "name": given["name"], "idNumber": given["id_number"], "phone": given["phone"]}
    started = (await asker.answer("StartBinding", {"input": person}))["startBinding"]
    if started["__typename"] == "Refusal":
        return await _bind_page(request, found, refusal=started["message"], given=given)
    return _code_page(request, language, started["attempt"], started["maskedPhone"])


async def _confirm(request: Request, found: Binder, confirming: dict[str, str]) -> Response:
    asker, language = found.asker, found.language
    system = _system(request)
    confirmed = (await asker.answer("ConfirmBinding", confirming))["confirmBinding"]
    if confirmed["__typename"] == "Refusal":
        if confirmed["code"] == "CODE_WRONG":
            return _code_page(request, language, confirming["attempt"], None, refusal=confirmed["message"])
        return await _bind_page(request, found, refusal=confirmed["message"])
    with contextlib.suppress(BadLinkError):  # a double tap: the first one used it up
        await system.links.use_up(request.path_params["token"])
    await system.conversations.set_aside(found.contact)
    return _page(request, "h5_bound.html", language, name=confirmed["maskedName"])


async def _binder(request: Request) -> Binder | None:
    """Who binds here: the visitor, if it is the contact that the link was given to."""
    system, visitor = _system(request), await _visitor(request)
    try:
        content = await system.links.read_unused("bind", request.path_params["token"])
    except BadLinkError:
        return None
    known = await system.contacts.get(content["contact"])
    if known is None or visitor is None or visitor.contact is None or visitor.contact.id != known.contact.id:
        return None
    return Binder(Asker(system, known.contact, secrets.token_hex(8)), known.language, known.contact.id)


async def _bind_page(
    request: Request,
    found: Binder,
    *,
    refusal: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    data = await found.asker.answer("ConsentText", {})
    local = "en" if found.language == "en" else "zh"
    return _page(
        request,
        "h5_bind.html",
        found.language,
        422 if refusal else 200,
        consent=data["consentText"],
        scheme=data["scheme"]["version"]["name"][local],
        refusal=refusal and refusal[local],
        given=given or {},
        local=local,
    )


def _code_page(
    request: Request, language: str, attempt: str, phone: str | None, *, refusal: dict[str, str] | None = None
) -> Response:
    local = "en" if language == "en" else "zh"
    said = refusal and refusal[local]
    return _page(request, "h5_code.html", language, 422 if said else 200, attempt=attempt, phone=phone, refusal=said)


# My data and pictures


async def data(request: Request) -> Response:
    """Everything held, as a page, or as a file with `?as=json`; each opening stands in the person's log."""
    system, visitor = _system(request), await _visitor(request)
    if visitor is None or visitor.contact is None:
        return _to_login(request)
    try:
        content = system.links.read("data", request.path_params["token"])
        if visitor.kind is not Kind.CITIZEN or visitor.id != content["citizen"]:
            return _gone(request)
        held = await export_of(system, visitor)
    except (BadLinkError, Refused):
        return _gone(request)
    if request.query_params.get("as") == "json":
        headers = {"content-disposition": 'attachment; filename="egret-my-data.json"', "cache-control": "no-store"}
        return Response(orjson.dumps(held, option=orjson.OPT_INDENT_2), media_type="application/json", headers=headers)
    known = await system.contacts.get(visitor.contact.id)
    return _page(request, "h5_data.html", known.language if known else "zh", held=held)


async def picture(request: Request) -> Response:
    """A score card or a pass, as PNG."""
    pictures: Pictures = request.app.state.pictures
    try:
        painted = await pictures.png(request.path_params["token"])
    except (BadLinkError, AskedError):
        return Response(status_code=410)
    return Response(painted, media_type="image/png", headers=_PICTURE_HEADERS)


async def evidence(request: Request) -> Response:
    """A photo of a dispute."""
    try:
        photo = await _system(request).evidence.open(request.path_params["token"])
    except (BadLinkError, KeyDestroyedError):
        return Response(status_code=410)
    return Response(photo, media_type="image/jpeg", headers=_PICTURE_HEADERS)


async def letter(request: Request) -> Response:
    """The written answer to a dispute, for its citizen alone, by an address of minutes; `.pdf` for paper."""
    system, visitor = _system(request), await _visitor(request)
    if visitor is None:
        return _to_login(request)
    token = request.path_params["token"]
    pdf, token = token.endswith(".pdf"), token.removesuffix(".pdf")
    try:
        given = system.links.read("letter", token)
    except BadLinkError:
        return _gone(request)
    if visitor.kind is not Kind.CITIZEN or visitor.id != given["citizen"]:
        return _gone(request)
    variables, context = {"id": global_id("Dispute", given["dispute"])}, system.context(visitor)
    try:
        found = (await ask(system.schema, operations()["Letter"], variables, context, "Letter"))["letter"]
    except Refused:
        return _gone(request)
    if found["__typename"] == "Refusal":
        return _gone(request)
    language = "en" if request.query_params.get("lang") == "en" else "zh"
    if pdf:
        return await letter_pdf(request, found, language)
    return letter_page(request, found, language, f"/h5/letters/{token}.pdf?lang={language}")


async def evidence_form(request: Request) -> Response:
    """A page for photos and PDF files, by an address that its citizen was given in the chat."""
    system, visitor = _system(request), await _visitor(request)
    if visitor is None or visitor.contact is None:
        return _to_login(request)
    try:
        given = system.links.read("evidence-form", request.path_params["token"])
    except BadLinkError:
        return _gone(request)
    if visitor.kind is not Kind.CITIZEN or visitor.id != given["citizen"]:
        return _gone(request)
    known = await system.contacts.get(visitor.contact.id)
    language, refusal, count = known.language if known else "zh", None, 0
    if request.method == "POST":
        if not same_origin(request):
            return _gone(request)
        try:
            count = await _take_files(request, visitor, given["box"])
        except Refused as refused:
            refusal = refused.sentence(language)
    held = len(await system.evidence.boxed(visitor, given["box"]))
    status = 422 if refusal else 200
    values = {"refusal": refusal, "count": count, "all": held, "most": PHOTOS_MAX}
    return _page(request, "h5_evidence.html", language, status, **values)


async def _take_files(request: Request, visitor: Principal, box: str) -> int:
    """Put each file of the form into the box; how many photos and pages that gave. Raises Refused."""
    count = 0
    async with request.form(max_files=PHOTOS_MAX, max_fields=1) as form:
        for value in form.getlist("files"):
            if isinstance(value, UploadFile):
                content = await value.read(MOST_BYTES + 1)
                count += await _system(request).evidence.put_in_box(visitor, box, content)
    return count


ROUTES = [
    Route("/evidence-form/{token}", evidence_form, methods=["GET", "POST"], max_body_size=_UPLOAD_MAX),
    Route("/letters/{token}", letter),
    Route("/", score),
    Route("/login", login),
    Route("/bind/{token}", bind_form, methods=["GET"]),
    Route("/bind/{token}", bind, methods=["POST"], max_body_size=_FORM_MAX),
    Route("/data/{token}", data),
    Route("/pictures/{token}", picture),
    Route("/evidence/{token}", evidence),
]
