"""Binding away from the chat: the form behind a link that was given in it, or that the page itself asks for."""

from __future__ import annotations

import contextlib
import secrets
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from bot.phrases import phrase
from schema.types.errors import RefusalCode, Refused
from server.api.answer_cache import AnswerCache
from server.api.client import GraphQLClient
from server.chat.dispatcher import Dispatcher
from server.platform.crypto.signed_tokens import BadSignedTokenError
from server.platform.kit.templates import path
from server.web.h5.login import to_login
from server.web.h5.render import gone, language_asked, look
from server.web.h5.visit import VisitorRequest, unbound, visit_of
from server.web.pages import same_origin
from server.web.session import container_of

_FIELDS = ("name", "id_number", "phone", "code", "attempt")
_FIELD_MAX = 200
"""A code may come with the whole text message around it."""


class Binder(NamedTuple):
    """Who fills in the form: the contact that the link was given to."""

    asker: GraphQLClient
    language: str
    contact: str


async def begin(visit: VisitorRequest) -> Response:
    """From the page of a visitor who is not bound yet to the form."""
    form = await visit.form()
    try:
        opened = await visit.change("OpenBindingForm", form.key)
    except Refused as refused:
        if refused.code == RefusalCode.ALREADY_BOUND:
            return visit.on_to("/h5/")
        return unbound(visit, refused)
    return visit.on_to(path(opened["address"]["url"]))


async def bind_form(request: Request) -> Response:
    """The form behind a link."""
    if await visit_of(request) is None:
        return to_login(request)
    found = await _binder(request)
    return gone(request) if found is None else await _bind_page(request, found)


async def bind(request: Request) -> Response:
    """Check the identity and send a code, or confirm the code."""
    found = await _binder(request)
    if found is None or not same_origin(request):
        return gone(request)
    asker, language = found.asker, found.language
    async with request.form(max_fields=8) as form:
        given = {name: str(form.get(name, ""))[:_FIELD_MAX] for name in _FIELDS}
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
    if "refusalCode" in started:
        return await _bind_page(request, found, refusal=started["message"], given=given)
    return _code_page(request, language, started["attempt"]["id"], started["attempt"]["maskedPhone"])


async def _confirm(request: Request, found: Binder, confirming: dict[str, str]) -> Response:
    asker, language = found.asker, found.language
    container = container_of(request)
    confirmed = (await asker.answer("ConfirmBinding", {"input": confirming}))["confirmBinding"]
    if "refusalCode" in confirmed:
        if confirmed["refusalCode"] in ("CODE_WRONG", "CODE_UNREADABLE"):
            return _code_page(request, language, confirming["attempt"], None, refusal=confirmed["message"])
        return await _bind_page(request, found, refusal=confirmed["message"])
    with contextlib.suppress(BadSignedTokenError):  # a double tap: the first one used it up
        await container.signed_tokens.consume(request.path_params["token"])
    dispatcher: Dispatcher = request.app.state.dispatcher
    await dispatcher.conversations.set_aside(found.contact)
    return look(request, "h5_bound.html", language, bound=True, masked=confirmed["maskedName"])


async def _binder(request: Request) -> Binder | None:
    """Who binds here: the visitor, if it is the contact that the link was given to."""
    container = container_of(request)
    visit = await visit_of(request)
    try:
        content = await container.signed_tokens.read_unused("bind", request.path_params["token"])
    except BadSignedTokenError:
        return None
    known = await container.contacts.get(content["contact"])
    if known is None or visit is None or visit.contact.id != known.contact.id:
        return None
    language = language_asked(request) or known.language
    return Binder(
        GraphQLClient(container, AnswerCache(), known.contact, secrets.token_hex(8)), language, known.contact.id
    )


async def _bind_page(
    request: Request,
    found: Binder,
    *,
    refusal: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    data = await found.asker.answer("ConsentText", {})
    local = "en" if found.language == "en" else "zh"
    return look(
        request,
        "h5_bind.html",
        found.language,
        422 if refusal else 200,
        consent=data["consentText"],
        scheme=data["scheme"]["name"][local],
        refusal=refusal and refusal[local],
        given=given or {},
    )


def _code_page(
    request: Request, language: str, attempt: str, phone: str | None, *, refusal: dict[str, str] | None = None
) -> Response:
    local = "en" if language == "en" else "zh"
    said = refusal and refusal[local]
    return look(request, "h5_code.html", language, 422 if said else 200, attempt=attempt, phone=phone, refusal=said)
