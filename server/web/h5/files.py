"""Pictures, photos, letters and my data: what is opened by an address of a few minutes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.dialogs.flow import OperationRefusedError
from schema.types.connection import global_id
from schema.types.dispute import LetterKind
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import ANONYMOUS
from scoring.disputes import PHOTOS_MAX
from server.chat.card_replies import CardReplies
from server.enrolment.export import Export
from server.platform.core.admission import PHOTO_COST
from server.platform.crypto.signed_tokens import BadSignedTokenError
from server.platform.crypto.vault import KeyDestroyedError
from server.platform.db import Document
from server.platform.kit.addresses import address_of
from server.platform.kit.json import JsonObject
from server.platform.sandbox.sandbox import SandboxBusyError
from server.web.forms import Form
from server.web.h5.held import Reader, local_path
from server.web.h5.render import gone
from server.web.h5.visit import VisitorRequest
from server.web.languages import both, said
from server.web.letters import ANSWER, RECEIPT, letter_page, letter_pdf
from server.web.pages import too_much
from server.web.session import container_of

_MOST_SHOWN = 20
"""Items of a section that the page shows; the file has all."""
_TOO_OFTEN = (RefusalCode.TOO_MUCH, RefusalCode.DAILY_LIMIT)
_PICTURE_HEADERS = {"cache-control": "private, max-age=600"}


async def data(visit: VisitorRequest) -> Response:
    """Everything held, as a page, or as a file with `?as=json`; each opening stands in the person's log."""
    if _given(visit, "data", visit.request.path_params["token"]) is None:
        return gone(visit.request)
    try:
        export = await container_of(visit.request).exports.begin(visit.principal)
    except Refused as refused:
        return too_much(refused) if refused.code in _TOO_OFTEN else gone(visit.request)
    if visit.request.query_params.get("as") == "json":
        headers = {"content-disposition": 'attachment; filename="egret-my-data.json"', "cache-control": "no-store"}
        return StreamingResponse(export.json(), media_type="application/json", headers=headers)
    reader = Reader(container_of(visit.request).scheme, visit.language)
    values: JsonObject = {
        "made_at": export.made_at,
        "identity": reader.fields(await export.identity()),
        # each by itself, so that others have their turn in between
        "held": {name: [item async for item in _held(export, name, reader)] for name in export.sections},
        "counts": {name: await export.count(name) for name in export.sections},
    }
    return visit.page("h5_data.html", "privacy", local_path=local_path, **values)


async def _held(export: Export, name: str, reader: Reader) -> AsyncIterator[tuple[str, JsonObject]]:
    """Items of a section with their titles."""
    async for one in export.items(name, _MOST_SHOWN):
        item = cast(JsonObject, one)
        yield reader.title(name, item), reader.fields(item)


async def letter(visit: VisitorRequest) -> Response:
    """A letter about a dispute, for its citizen alone, by an address of minutes; `.pdf` for paper."""
    request, token = visit.request, visit.request.path_params["token"]
    pdf = token.endswith(".pdf")
    token = token.removesuffix(".pdf")
    given = _given(visit, "letter", token)
    if given is None:
        return gone(request)
    try:
        template, found = await _letter(visit, given)
    except Refused:
        return gone(request)
    language = "en" if visit.language == "en" else "zh"
    if pdf:
        return await letter_pdf(request, visit.principal, found, language, template)
    return await letter_page(request, found, language, f"/h5/letters/{token}.pdf?lang={language}", template)


async def _letter(visit: VisitorRequest, given: Document) -> tuple[str, JsonObject]:
    """The letter that an address is of, with its template. Raises Refused."""
    id, kind = global_id("Dispute", given["dispute"]), given.get("kind")
    if kind == LetterKind.RECEIPT.value:
        return RECEIPT, (await visit.ask("Receipt", id=id))["receipt"]
    first = kind == LetterKind.FIRST_ANSWER.value
    return ANSWER, (await visit.ask("Letter", id=id, beforeAppeal=first))["letter"]


async def evidence_form(visit: VisitorRequest) -> Response:
    """A page for photos and PDF files, by an address that its citizen was given in the chat."""
    given = _given(visit, "evidence-form", visit.request.path_params["token"])
    if given is None:
        return gone(visit.request)
    held = len(await visit.photos_of(given["box"]))
    return visit.page("h5_evidence.html", "disputes", box=given["box"], held=held, most=PHOTOS_MAX)


async def send_evidence(visit: VisitorRequest, form: Form) -> Response | Form:
    """The files of that page: they are in their box already."""
    token = visit.request.path_params["token"]
    if _given(visit, "evidence-form", token) is None:
        return gone(visit.request)
    if not form.files:
        return replace(form, errors={"files": both(said("h5.needed.files"))})
    return visit.on_to(visit.request.url.path, "evidence")


def _given(visit: VisitorRequest, purpose: str, token: str) -> Document | None:
    """What an address was given for, if it was given to this visitor."""
    try:
        given = container_of(visit.request).signed_tokens.read(purpose, token)
    except BadSignedTokenError:
        return None
    return given if visit.is_bound and visit.principal.id == given["citizen"] else None


# Without a login


async def picture(request: Request) -> Response:
    """A score card or a pass, as PNG."""
    cards: CardReplies = request.app.state.cards
    try:
        painted = await cards.png(request.path_params["token"])
    except SandboxBusyError:
        return Response(status_code=503, headers={"retry-after": "10"})
    except Refused as over:
        return too_much(over)
    except (BadSignedTokenError, OperationRefusedError):
        return Response(status_code=410)
    return Response(painted, media_type="image/png", headers=_PICTURE_HEADERS)


async def evidence(request: Request) -> Response:
    """A photo of a dispute."""
    container = container_of(request)
    try:
        await container.admission.spend(ANONYMOUS, address_of(request), PHOTO_COST)
        photo = await container.evidence.open(request.path_params["token"])
    except Refused as over:
        return too_much(over)
    except (BadSignedTokenError, KeyDestroyedError):
        return Response(status_code=410)
    return Response(photo, media_type="image/jpeg", headers=_PICTURE_HEADERS)
