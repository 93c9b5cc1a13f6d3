"""Binding away from the chat: the form behind a link that was given in it, or that the page itself asks for.

Two steps of one page: who it is, then the code. What the first one gave stands in the draft of the second.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from math import ceil

from starlette.responses import Response

from schema.types.errors import RefusalCode, Refused
from scoring.dated import Text
from server.chat.dispatcher import Dispatcher
from server.platform.crypto.signed_tokens import BadSignedTokenError
from server.platform.kit.json import JsonObject
from server.platform.kit.templates import path
from server.web.forms import Form
from server.web.h5.render import gone, new_key
from server.web.h5.visit import VisitorRequest
from server.web.languages import both, said
from server.web.session import container_of

_NEEDED = {"name": "h5.needed.name", "id_number": "h5.needed.id_number", "phone": "h5.needed.phone"}
"""What asks for each where nothing was typed."""
_TYPED = {"name": "NAME", "id_number": "ID_NUMBER", "phone": "PHONE"}
_PHONE = {"phone": "PHONE"}
"""The fields of the form, as `checkIdentity` calls them."""
_OF_THE_CODE = (RefusalCode.CODE_WRONG, RefusalCode.CODE_UNREADABLE, RefusalCode.CODE_EXPIRED)
_BETWEEN_CODES = 60
"""Seconds from one code to the next."""


async def begin(visit: VisitorRequest) -> Response:
    """From the page of a visitor who is not bound yet to the form."""
    try:
        opened = await visit.change("OpenBindingForm", new_key())
    except Refused as refused:
        if refused.code != RefusalCode.ALREADY_BOUND:
            raise
        return visit.on_to("/h5/")
    return visit.on_to(path(opened["address"]["url"]))


async def not_me(visit: VisitorRequest, form: Form) -> Response:
    """The account that a citizen was moved away from takes that back; or a new sign-in was not theirs."""
    await visit.change("UndoMove", form.once)
    return visit.on_to("/h5/", "sign_in_ended" if form["what"] == "sign_in" else "restored")


def may_keep(form: Form) -> bool:
    """Without consent nothing is kept of a person, not even what they typed: the page says so."""
    return bool(form["consent"] or form["attempt"])


async def bind_form(visit: VisitorRequest) -> Response:
    """The form behind a link, or the one for the code that was sent."""
    if not await _is_theirs(visit):
        return gone(visit.request)
    typed = visit.typed()
    if "move" in typed:
        return visit.page("h5_move.html", "", attempt=typed["attempt"])
    if "attempt" in typed:
        phone, until = typed.get("sent_to"), typed.get("good_until")
        return visit.page("h5_code.html", "", attempt=typed["attempt"], phone=phone, until=until, wait=_wait(visit))
    found = await visit.ask("ConsentText")
    records = (await visit.ask("RecordsConsentText"))["consentText"]
    values = {"consent": found["consentText"], "scheme": found["scheme"]["name"], "verified": await _verified(visit)}
    return visit.page("h5_bind.html", "", given=typed, records=records, **values)


async def bind(visit: VisitorRequest, form: Form) -> Response | Form:
    """Check the identity and send a code, or confirm the code, have it sent again, or go back for another phone."""
    if not await _is_theirs(visit):
        return gone(visit.request)
    if form["move"]:
        return await _move(visit, form)
    if not form["attempt"]:
        return await _start(visit, form)
    return await {"again": _send_again, "phone": _other_phone}.get(form["step"], _confirm)(visit, form)


async def _start(visit: VisitorRequest, form: Form) -> Form:
    verified = await _verified(visit)
    errors = await _errors(visit, form, _PHONE if verified else _TYPED)
    if errors:
        return replace(form, errors=errors)
    person = {"phone": form["phone"]}
    if verified is None:
        person |= {"name": form["name"], "idNumber": form["id_number"]}
    attempt = (await visit.change("StartBinding", form.once, consentVersion=form["consent"], **person))["attempt"]
    return replace(form, key=new_key(), fields=form.fields | _sent(visit, attempt))


async def _errors(visit: VisitorRequest, form: Form, fields: Mapping[str, str]) -> dict[str, Text]:
    """All that is wrong with what was typed, by field."""
    errors = dict[str, Text]()
    for name, field in fields.items():
        if not form[name].strip():
            errors[name] = both(said(_NEEDED[name]))
            continue
        try:
            await visit.change("CheckIdentity", new_key(), field=field, value=form[name])
        except Refused as refused:
            errors[name] = both(refused.sentence)
    texts = [await visit.ask(name) for name in ("ConsentText", "RecordsConsentText")]
    if form["consent"] not in [found["consentText"]["version"] for found in texts]:
        errors["consent"] = both(said("h5.agree_first"))
    return errors


def _sent(visit: VisitorRequest, attempt: JsonObject) -> dict[str, str]:
    """What the page of a code says of it."""
    now = container_of(visit.request).clock()
    until = attempt["expiresAt"]
    return {
        "attempt": attempt["id"],
        "sent_to": attempt["maskedPhone"],
        "good_until": until,
        "sent_at": now.isoformat(),
    }


def _wait(visit: VisitorRequest) -> int:
    """How many seconds until the code can be sent again."""
    sent_at = visit.typed().get("sent_at")
    if sent_at is None:
        return 0
    passed = (container_of(visit.request).clock() - datetime.fromisoformat(sent_at)).total_seconds()
    return max(0, ceil(_BETWEEN_CODES - passed))


async def _send_again(visit: VisitorRequest, form: Form) -> Form:
    before = visit.typed()
    if wait := _wait(visit):
        errors = {"again": both(said("h5.code_too_soon", seconds=wait))}
        return replace(form, key=new_key(), fields=before, errors=errors)
    try:
        attempt = (await visit.change("ResendCode", form.once, attempt=form["attempt"]))["attempt"]
    except Refused as refused:
        return replace(form, key=new_key(), fields=before, refused=refused)
    return replace(form, key=new_key(), fields=before | _sent(visit, attempt))


async def _other_phone(visit: VisitorRequest, form: Form) -> Form:
    """Back to the first step, with all that was typed."""
    before = visit.typed()
    before.pop("attempt", None)
    return replace(form, key=new_key(), fields=before)


async def _confirm(visit: VisitorRequest, form: Form) -> Response | Form:
    try:
        await visit.change("ConfirmBinding", form.once, attempt=form["attempt"], code=form["code"])
    except Refused as refused:
        before = visit.typed()
        if refused.code is RefusalCode.SECOND_ACCOUNT:
            return replace(form, key=new_key(), fields=before | {"move": "1"}, refused=refused)
        if refused.code in _OF_THE_CODE:
            expired = refused.code is RefusalCode.CODE_EXPIRED
            errors = {"code": both(said("h5.code_expired") if expired else refused.sentence)}
            return replace(form, key=new_key(), fields=before, errors=errors)
        # From the beginning, with all that was typed.
        before.pop("attempt", None)
        return replace(form, key=new_key(), fields=before, refused=refused)
    return await _done(visit, "bound")


async def _move(visit: VisitorRequest, form: Form) -> Response | Form:
    """Move here from the account that the citizen is bound on."""
    try:
        await visit.change("MoveAccount", form.once, attempt=form["attempt"])
    except Refused as refused:
        before = visit.typed()
        for name in ("attempt", "move"):
            before.pop(name, None)
        return replace(form, key=new_key(), fields=before, refused=refused)
    return await _done(visit, "moved")


async def _done(visit: VisitorRequest, said: str) -> Response:
    """On to the score; the link is used up, and what was open in the chat is set aside."""
    with contextlib.suppress(BadSignedTokenError):  # a double tap: the first one used it up
        await container_of(visit.request).signed_tokens.consume(visit.request.path_params["token"])
    dispatcher: Dispatcher = visit.request.app.state.dispatcher
    await dispatcher.conversations.set_aside(visit.contact.id)
    return visit.on_to("/h5/", said)


async def _verified(visit: VisitorRequest) -> JsonObject | None:
    """Whom the provider has verified at this sign-in, as it may be shown: neither is asked again."""
    if visit.principal.verified is None:
        return None
    found: JsonObject | None = (await visit.ask("VerifiedIdentity"))["viewer"]["verifiedIdentity"]
    return found


async def _is_theirs(visit: VisitorRequest) -> bool:
    """Whether the link was given to this visitor, and not used yet."""
    try:
        content = await container_of(visit.request).signed_tokens.read_unused(
            "bind", visit.request.path_params["token"]
        )
    except BadSignedTokenError:
        return False
    return bool(content["contact"] == visit.contact.id)
