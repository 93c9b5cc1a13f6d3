"""Who is here, and what a page or a form of theirs needs.

A form carries a token that belongs to the session, so that no other site can send it, and a key of its own, so that
a double tap does one thing. What it did is said on the page that follows.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Contact, Kind
from scoring.disputes import PHOTOS_MAX
from server.auth.service import Audience
from server.platform.kit.errors import RequestError
from server.platform.kit.json import JsonObject
from server.web.h5.login import COOKIE, to_login
from server.web.h5.render import SAID, keep, language_asked, look, new_key
from server.web.pages import same_origin
from server.web.session import PageRequest, container_of, operate, session_of

OPERATIONS = Path(__file__).with_name("operations")
_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_FIELD_MAX = 2000
_SAID_SECONDS = 60


class StaleFormError(RequestError):
    """A form of another session or another site, or none at all."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a form brought: its key, its fields, and the files that were chosen."""

    key: str
    fields: dict[str, str]
    files: tuple[IO[bytes], ...] = ()
    """Open until the request ends."""

    def __getitem__(self, name: str) -> str:
        """A field; empty where it was not sent."""
        return self.fields.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class VisitorRequest(PageRequest):
    """A request of a visitor whom WeChat vouches for."""

    contact: Contact
    language: str

    @property
    def is_bound(self) -> bool:
        """Whether the visitor is a citizen here."""
        return self.principal.kind is Kind.CITIZEN

    async def ask(self, operation: str, key: str | None = None, /, **variables: object) -> JsonObject:
        """Run one of the pages' operations or of the bot's. Raises Refused."""
        return await operate(self.request, self.principal, OPERATIONS, operation, variables, key)

    async def me(self, operation: str, /, **variables: object) -> JsonObject:
        """What a query says about the visitor. Raises Refused, also where they are no citizen any more."""
        me: JsonObject | None = (await self.ask(operation, **variables))["me"]
        if me is None:
            raise Refused(RefusalCode.NOT_SIGNED_IN)
        return me

    async def node(self, operation: str, kind: str, node: str) -> JsonObject:
        """What a query says, where its node is of that kind. Raises Refused."""
        found = await self.ask(operation, id=node)
        if found["node"] is None or found["node"]["__typename"] != kind:
            raise Refused(RefusalCode.NOT_FOUND)
        return found

    async def change(self, operation: str, key: str, /, **values: object) -> JsonObject:
        """What a mutation gave for an input of these values. Raises Refused, also where it answers with a refusal."""
        (result,) = (await self.ask(operation, key, **({"input": values} if values else {}))).values()
        if "refusalCode" in result:
            raise Refused.of_answer(result)
        return dict(result)

    def page(
        self,
        template: str,
        here: str,
        *,
        refusal: Refused | None = None,
        status: int | None = None,
        **values: object,
    ) -> Response:
        """A page of the visitor's; a refusal stands on it in words."""
        told = refusal and refusal.sentence(self.language)
        status = status or (422 if refusal else 200)
        shared = {"csrf": self.csrf, "new_key": new_key, "here": here, "refusal": told, "bound": self.is_bound}
        return look(self.request, template, self.language, status, **(shared | values))

    def on_to(self, path: str, said: str = "", about: str = "") -> Response:
        """The page after a form; it says once what was done."""
        response = RedirectResponse(path, 303)
        if said:
            keep(self.request, response, SAID, f"{said}.{about}" if about else said, _SAID_SECONDS)
        return response

    async def form(self) -> Form:
        """The form that was sent. Raises StaleFormError."""
        if not same_origin(self.request):
            raise StaleFormError
        sent = await self.request.form(max_files=PHOTOS_MAX, max_fields=16)
        fields = {name: value[:_FIELD_MAX] for name, value in sent.items() if isinstance(value, str)}
        chosen = [value for value in sent.getlist("files") if isinstance(value, UploadFile) and value.filename]
        csrf = fields.pop("csrf", "")
        key = fields.pop("key", "")
        if not self.is_genuine(csrf) or not _KEY.fullmatch(key):
            raise StaleFormError
        return Form(key, fields, tuple(value.file for value in chosen))


Page = Callable[[VisitorRequest], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def visiting(handler: Page) -> Endpoint:
    """A page for visitors whom WeChat vouches for; others are sent to its login first."""

    async def endpoint(request: Request) -> Response:
        visit = await visit_of(request)
        if visit is None:
            return to_login(request)
        try:
            return await handler(visit)
        except StaleFormError:
            return visit.page("h5_stale.html", "", status=403)
        except Refused as refused:
            if refused.code in (RefusalCode.NOT_SIGNED_IN, RefusalCode.NOT_ENROLLED):
                return unbound(visit)
            if refused.code == RefusalCode.CONSENT_OUTDATED and request.method == "GET":
                return RedirectResponse("/h5/privacy", 303)
            if refused.code == RefusalCode.TOO_MUCH:
                return visit.page("h5_busy.html", "", refusal=refused, status=429)
            return visit.page("h5_missing.html", "", status=404)
        finally:
            await request.close()  # files of a form

    endpoint.__doc__ = handler.__doc__
    return endpoint


def citizens_only(handler: Page) -> Endpoint:
    """A page for citizens; other visitors read how to bind."""

    async def page(visit: VisitorRequest) -> Response:
        return await handler(visit) if visit.is_bound else unbound(visit)

    page.__doc__ = handler.__doc__
    return visiting(page)


def unbound(visit: VisitorRequest, refusal: Refused | None = None) -> Response:
    """The page of a visitor whose WeChat is not bound."""
    return visit.page("h5_unbound.html", "", refusal=refusal, bound=False)


async def visit_of(request: Request) -> VisitorRequest | None:
    """Who WeChat says is here; None where it has not been asked yet."""
    found = await session_of(request, COOKIE, Audience.PAGE)
    if found is None or found[0].contact is None:
        return None
    principal, csrf = found
    language = language_asked(request)
    if language is None:
        known = await container_of(request).contacts.get(found[0].contact.id)
        language = known.language if known else "zh"
    return VisitorRequest(request, principal, csrf, found[0].contact, language)
