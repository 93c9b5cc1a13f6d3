"""Who is at the desk: signing in with a password here, the cookie, and the forms' tokens."""

from __future__ import annotations

import contextlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.phrases import phrase
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import ANONYMOUS, Kind
from scoring.dated import Text
from scoring.statutes import basis_in_english, word_in_english
from server.auth.service import Audience, UnconfirmedError
from server.auth.staff.service import DEVICE_LIFE
from server.platform.core.drafts import Draft
from server.platform.kit.json import JsonObject
from server.web import forms
from server.web.desk import said
from server.web.languages import A_YEAR, LANGUAGE, language_of_reader, other_language, sayer
from server.web.needs import given, wrong_in
from server.web.pages import page, same_origin, says_same_origin
from server.web.session import PageRequest, container_of, end_cookie, operate, session_of, set_cookie

COOKIE, DEVICE, FORM, BACK = "egret_desk", "egret_desk_device", "egret_desk_form", "egret_desk_back"
PARTS = ("OPEN", "UNASSIGNED", "MINE", "OVERDUE", "TO_APPROVE", "ESCALATED")
_DESK = ("checks", "repairs", "notices", "looks", "figures")
PAGES: Mapping[Kind, tuple[str, ...]] = {
    Kind.AGENT: _DESK,
    Kind.APPROVER: _DESK,
    Kind.STEWARD: ("looks", "figures", "steward"),
    Kind.AUDITOR: ("log", "looks", "figures", "steward"),
}
"""The pages beside the queue, by role."""
KEYS = (
    ("j", "down"),
    ("k", "up"),
    ("/", "search"),
    ("t", "take"),
    ("c", "claim"),
    ("1–9", "outcome"),
    ("p", "propose"),
    ("Ctrl+Enter", "send"),
    ("e", "onward"),
    ("a", "approve"),
    ("u", "undo"),
    ("n", "note"),
    ("r", "ask"),
    ("s", "ask_source"),
    ("v", "photos"),
    ("?", "keys"),
)
"""Each key and the phrase that says where it leads; `desk.js` does it."""
_BACK = re.compile(
    r"/desk/(?:cases/[\w-]{1,128}(?:/(?:letter|first-letter|receipt))?|figures|checks|log|looks|notices|repairs(?:/[\w-]{1,128})?"
    r"|steward(?:/impact/[\w-]{1,128})?)?",
    re.ASCII,
)
"""Where signing in may lead back to: pages that can be opened by their address."""
_BACK_SECONDS = 15 * 60
_NEEDS = {"account": given("desk.needed.account"), "password": given("desk.needed.password")}
OPERATIONS = Path(__file__).parents[1] / "operations"
PROSE = {
    "spokeWith": "spoke_with",
    "words": "words",
    "text": "text",
    "question": "question",
    "explanation": "explanation",
}
"""What people type, and its phrase where its form is gone."""


@dataclass(frozen=True, slots=True)
class English:
    """What the API gives in Chinese alone, for those at the desk who read English."""

    city: Text

    def basis(self, text: str) -> str | None:
        """A legal basis."""
        return basis_in_english(text, self.city)

    def word(self, text: str) -> str | None:
        """The city's own word for a band."""
        return word_in_english(text)


@dataclass(frozen=True, slots=True)
class DeskRequest(PageRequest):
    """A request of a person who is signed in."""

    drafts: Mapping[str, Draft] = field(default_factory=dict)
    """What was typed on this page before and could not be taken, by form."""

    @property
    def person(self) -> str:
        """Whose forms these are."""
        return str(self.principal.id)

    async def ask(self, operation: str, **variables: object) -> JsonObject:
        """Run one of the desk's operations. Raises Refused."""
        return await operate(self.request, self.principal, OPERATIONS, operation, variables)

    @property
    def errors(self) -> dict[str, dict[str, str]]:
        """What is wrong with fields of this page's forms, by form and by the field's id, told once."""
        return {
            name: {place: text.in_language(self.language) for place, text in draft.errors.items()}
            for name, draft in self.drafts.items()
        }

    @property
    def language(self) -> str:
        """What the person reads."""
        return language_of_reader(self.request)

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """A page that knows who is signed in, and says once what was just done."""
        csrf = forms.form_token(self.request, "/desk", self.person)
        pages = PAGES[self.principal.kind]
        known: JsonObject = {"principal": self.principal, "csrf": csrf, "parts": PARTS, "pages": pages, "keys": KEYS}
        known |= {"errors": self.errors}
        response = desk_page(self.request, template, status, **{**known, "said": said.of(self.request), **values})
        said.end(self.request, response)
        return response

    def refused(self, refused: Refused | None = None, lost: Sequence[tuple[str, str]] = ()) -> Response:
        """A page that cannot be shown, or a form that cannot be taken, and why."""
        if refused is None:
            why, status = phrase(self.language, "desk.refused.stale"), 403
        elif refused.code is RefusalCode.FORBIDDEN:
            why, status = phrase(self.language, "desk.refused.role"), 403
        else:
            why, status = refused.sentence(self.language), 429 if refused.retry_after else 400
        return self.page("refused.html", status, why=why, lost=lost)


def desk_page(request: Request, template: str, status: int = 200, **values: object) -> Response:
    """A page of the desk in the reader's language, whoever that is; what an address asks for is remembered."""
    language = language_of_reader(request)
    words: JsonObject = {
        "t": sayer(language),
        "lang": "en" if language == "en" else "zh-CN",
        "local": language,
        "other_language": other_language(request, language),
        "english_of": English(container_of(request).scheme.city.name),
    }
    response = page(request, template, status, **{**words, **values})
    if request.query_params.get("lang") in ("zh", "en"):
        set_cookie(request, response, LANGUAGE, language, path="/desk", same_site="lax", seconds=A_YEAR)
    return response


Page = Callable[[DeskRequest], Awaitable[Response]]
Submit = Callable[[DeskRequest, forms.Form], Awaitable[Response | Draft]]
"""A draft where the form was not taken: its page shows it again."""
Endpoint = Callable[[Request], Awaitable[Response]]


def signed_in(handler: Page) -> Endpoint:
    """A page for staff who are signed in; others are sent to sign in."""

    async def endpoint(request: Request) -> Response:
        try:
            visit = await _visit(request)
        except UnconfirmedError:
            return unreachable(request, signed_in=True)
        if visit is None:
            return _to_sign_in(request, forms.place_of(request))
        drafts = await forms.drafts_at(request, forms.Origin(visit.person, forms.place_of(request)))
        return await handler(replace(visit, drafts=drafts))

    endpoint.__doc__ = handler.__doc__
    return endpoint


def submitting(handler: Submit, place: str | None = None) -> Endpoint:
    """A form of such a page. What was typed is never lost: not with the session, and not by a refusal.

    `place` is the page that shows it again, where that is not the one it stood on.
    """

    async def endpoint(request: Request) -> Response:
        async with forms.sent_form(request, "/desk") as form:
            try:
                visit = await _visit(request)
            except UnconfirmedError:
                return await _not_sent(request, form, unreachable(request, signed_in=True))
            if visit is None:
                return await _not_sent(request, form, None)
            origin = forms.origin_of(request, "/desk", form)
            if not same_origin(request) or origin is None or origin.person != visit.person:
                return visit.refused(lost=prose(form.fields))
            done = await handler(visit, form)
            try:
                return await _answered(request, replace(origin, place=place or origin.place), done)
            except Refused as over:
                return visit.refused(over, prose(form.fields))

    endpoint.__doc__ = handler.__doc__
    return endpoint


async def _answered(request: Request, origin: forms.Origin, done: Response | Draft) -> Response:
    if not isinstance(done, Draft):
        await forms.end_draft(request, done, origin.place, forms.action_of(request))
        return done
    response = forms.back_to(origin.place, f"form-{done.action}")
    await forms.keep_draft(request, response, origin, done)
    return response


async def _not_sent(request: Request, form: forms.Form, response: Response | None) -> Response:
    """Nobody is signed in, or it cannot be told who: what was typed is kept for the person whose page it was."""
    origin = forms.origin_of(request, "/desk", form)
    if not same_origin(request) or origin is None:
        lost = prose(form.fields) if same_origin(request) else []
        return response or sign_in_page(request, 403, "stale", lost=lost)
    response = response or _to_sign_in(request, origin.place)
    try:
        await forms.keep_draft(request, response, origin, Draft(forms.action_of(request), "", form.fields))
    except Refused:
        return sign_in_page(request, 429, "stale", lost=prose(form.fields))
    return response


def prose(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was typed in words, each with the name of its phrase."""
    return [(label, fields[name]) for name, label in PROSE.items() if fields.get(name, "").strip()]


async def _visit(request: Request) -> DeskRequest | None:
    principal = await session_of(request, COOKIE, Audience.DESK)
    return None if principal is None or not principal.is_staff else DeskRequest(request, principal)


def _to_sign_in(request: Request, back: str) -> Response:
    """To sign in, and then back here."""
    back = back if _BACK.fullmatch(back) else "/desk/"
    response = RedirectResponse("/desk/sign-in", 303)
    # Lax: the way back from the provider has to bring it along.
    set_cookie(request, response, BACK, back, path="/desk", same_site="lax", seconds=_BACK_SECONDS)
    return response


def after_sign_in(request: Request) -> str:
    """Where the person wanted to go."""
    back = request.cookies.get(BACK, "")
    return back if _BACK.fullmatch(back) else "/desk/"


def sign_in_page(
    request: Request,
    status: int = 200,
    refused: str | None = None,
    refusal: dict[str, str] | None = None,
    wrong: Mapping[str, Text] = MappingProxyType({}),
    lost: Sequence[tuple[str, str]] = (),
    onward: str | None = None,
) -> Response:
    """The sign-in page: with the provider, the form for a password, or both; and why a sign-in failed."""
    staff = request.app.state.container.staff
    ways = {"provider": staff.signing_in is not None, "local_account": staff.local}
    token = request.cookies.get(FORM, "")[:64] or secrets.token_hex(16)
    errors = {place: text.in_language(language_of_reader(request)) for place, text in wrong.items()}
    shown = {"refused": refused, "refusal": refusal, "errors": errors, "form": token, "lost": lost, "onward": onward}
    response = desk_page(request, "sign_in.html", status, **shown, **ways)
    _set_cookie(request, response, FORM, token)
    return response


def from_sign_in_page(request: Request, token: str | None = None) -> bool:
    """Whether a person signs in from our own page, so that no other site can sign them in as another.

    A browser that does not say so sends a strict cookie from our own pages alone; a form has the same in it.
    """
    said = says_same_origin(request)
    if said is not None:
        return said
    kept = request.cookies.get(FORM, "")
    return bool(kept) and (token is None or hmac.compare_digest(kept.encode(), token.encode()))


def unreachable(request: Request, *, signed_in: bool = False) -> Response:
    """The page when the provider cannot be asked: to try again, with the session they may have."""
    response = desk_page(request, "unreachable.html", 503, signed_in=signed_in)
    response.headers["retry-after"] = "10"
    return response


async def sign_in_form(request: Request) -> Response:
    """The sign-in page; who is signed in goes on."""
    with contextlib.suppress(UnconfirmedError):
        if await _visit(request) is not None:
            return RedirectResponse(after_sign_in(request), 303)
    return sign_in_page(request, refused="failed" if "failed" in request.query_params else None)


async def sign_in(request: Request) -> Response:
    """Check account and password; the session lives in a cookie no script can read."""
    container = container_of(request)
    if not container.staff.local:
        return sign_in_page(request, 403, "local")
    async with request.form(max_fields=5) as form:
        variables = {name: str(form.get(name, ""))[:200] for name in ("account", "password")}
        token = str(form.get("form", ""))[:64]
    if not from_sign_in_page(request, token):
        return sign_in_page(request, 403, "elsewhere")
    wrong = wrong_in(variables, _NEEDS)
    if wrong:
        return sign_in_page(request, 400, wrong=wrong)
    variables["device"] = request.cookies.get(DEVICE, "")[:2048]
    try:
        signed_in = (await operate(request, ANONYMOUS, OPERATIONS, "SignIn", {"input": variables}))["signIn"]
    except Refused as over:
        return sign_in_page(request, 429, refusal={language: over.sentence(language) for language in ("zh", "en")})
    if "refusalCode" in signed_in:
        return sign_in_page(request, 401, refusal=signed_in["message"])
    session = signed_in["session"]
    response = await begin_session(request, RedirectResponse(after_sign_in(request), 303), session["token"])
    _set_cookie(request, response, DEVICE, session["device"], int(DEVICE_LIFE.total_seconds()))
    return response


async def begin_session(request: Request, response: Response, token: str) -> Response:
    """Give the browser its new session; what it had before is over."""
    container = container_of(request)
    if (former := request.cookies.get(COOKIE)) is not None:
        await container.staff.end(former)
    _set_cookie(request, response, COOKIE, token)
    end_cookie(request, response, BACK, path="/desk")
    return response


def _set_cookie(request: Request, response: Response, name: str, value: str, seconds: int | None = None) -> None:
    set_cookie(request, response, name, value, path="/desk", same_site="strict", seconds=seconds)
