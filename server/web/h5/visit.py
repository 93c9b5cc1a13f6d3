"""Who is here, and what a page or a form of theirs needs.

A form has a key of its own, so that a double tap does one thing. What it did is said on the page that follows; what it
could not do, on its own page again, with all that was typed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Contact, Kind
from server.auth.service import Audience
from server.platform.core.drafts import Draft
from server.platform.kit.json import JsonObject
from server.web import forms
from server.web.h5.login import COOKIE, to_login
from server.web.h5.photos import put_files
from server.web.h5.render import SAID, keep, language_of, look, lost_words, new_key
from server.web.languages import both, language_asked
from server.web.pages import same_origin
from server.web.session import PageRequest, container_of, operate, session_of

OPERATIONS = Path(__file__).with_name("operations")
_SAID_SECONDS = 60


@dataclass(frozen=True, slots=True)
class VisitorRequest(PageRequest):
    """A request of a visitor whom WeChat or a provider vouches for."""

    contact: Contact
    language: str
    drafts: Mapping[str, Draft] = field(default_factory=dict)
    """What was typed on this page before and could not be taken, by form."""

    @property
    def csrf(self) -> str:
        """What the forms of this page carry."""
        return forms.form_token(self.request, "/h5", self.contact.id)

    def typed(self, action: str = "") -> JsonObject:
        """What was typed into a form of this page."""
        return dict(self.drafts[action].fields) if action in self.drafts else {}

    def refusal_of(self, action: str = "") -> str | None:
        """Why a form of this page was not taken, told once."""
        refusal = self.drafts[action].refusal if action in self.drafts else None
        return None if refusal is None else refusal.in_language(self.language)

    def errors_of(self, action: str = "") -> dict[str, str]:
        """What is wrong with fields of a form of this page, by their names, told once."""
        errors = self.drafts[action].errors if action in self.drafts else {}
        return {name: text.in_language(self.language) for name, text in errors.items()}

    def lost(self, shown: Iterable[str]) -> list[str]:
        """What was typed in words into forms that this page does not show any more."""
        return [words for name, one in self.drafts.items() if name not in shown for words in lost_words(one.fields)]

    def form_key(self, action: str = "") -> str:
        """The key of a form of this page: the one it had, where it was sent already."""
        return (self.drafts[action].key if action in self.drafts else "") or new_key()

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
        self, template: str, here: str, *, refusal: Refused | None = None, status: int = 200, **values: object
    ) -> Response:
        """A page of the visitor's; a refusal stands on it in words."""
        told = refusal and refusal.sentence(self.language)
        shared = {
            "visit": self,
            "csrf": self.csrf,
            "here": here,
            "refusal": told,
            "bound": self.is_bound,
        }
        return look(self.request, template, self.language, status, **(shared | values))

    async def photos_of(self, key: str) -> list[str]:
        """The ids of the photos that wait under a form's key."""
        found = (await self.ask("BoxedEvidence", box=key))["boxedEvidence"]
        return [edge["node"]["id"] for edge in found["edges"]]

    async def photos(self, action: str = "") -> int:
        """How many photos were sent with a form of this page before."""
        if action not in self.drafts or not self.is_bound:
            return 0
        return len(await self.photos_of(self.drafts[action].key))

    def on_to(self, path: str, said: str = "", about: str = "") -> Response:
        """The page after a form; it says once what was done."""
        response = RedirectResponse(path, 303)
        if said:
            keep(self.request, response, SAID, f"{said}.{about}" if about else said, _SAID_SECONDS)
        return response


Page = Callable[[VisitorRequest], Awaitable[Response]]
Submit = Callable[[VisitorRequest, forms.Form], Awaitable[Response | forms.Form]]
"""A form where it is not done yet: its page shows it again."""
Endpoint = Callable[[Request], Awaitable[Response]]


def visiting(handler: Page) -> Endpoint:
    """A page for visitors who are signed in; others are sent to do that first."""

    async def endpoint(request: Request) -> Response:
        visit = await visit_of(request)
        if visit is None:
            return to_login(request, forms.place_of(request))
        try:
            return await handler(visit)
        except Refused as refused:
            return await _refused_page(visit, refused)

    endpoint.__doc__ = handler.__doc__
    return endpoint


async def _refused_page(visit: VisitorRequest, refused: Refused) -> Response:
    if refused.code in (RefusalCode.NOT_SIGNED_IN, RefusalCode.NOT_ENROLLED):
        return unbound(visit)
    if refused.code == RefusalCode.CONSENT_OUTDATED:
        return RedirectResponse("/h5/privacy", 303)
    if refused.code in (RefusalCode.LOOK_ONLY, RefusalCode.PAUSED_BY_YOU):
        return await participation(visit)
    if refused.code == RefusalCode.SCORE_PAUSED:
        return visit.page("h5_paused.html", "", residence=(await visit.me("MyResidence"))["residence"])
    if refused.code == RefusalCode.TOO_MUCH:
        return visit.page("h5_busy.html", "", refusal=refused, status=429)
    return visit.page("h5_missing.html", "", status=404, lost=visit.lost(()))


async def participation(visit: VisitorRequest) -> Response:
    """Whether a score is computed, and the ways to change that; in place of what needs a score, too."""
    found = await visit.ask("MyParticipation")
    me = found["me"] or await visit.me("MyParticipation")
    texts = {"score_text": found["score"], "records_text": found["records"]}
    return visit.page("h5_participation.html", "privacy", enrolment=me["enrolment"], **texts)


def citizens_only(handler: Page) -> Endpoint:
    """A page for citizens; other visitors read how to bind."""

    async def page(visit: VisitorRequest) -> Response:
        return await handler(visit) if visit.is_bound else unbound(visit)

    page.__doc__ = handler.__doc__
    return visiting(page)


def submitting(handler: Submit, may_keep: Callable[[forms.Form], bool] = lambda form: True) -> Endpoint:
    """A form of such a page. What it brought is never lost: not with the session, and not by a refusal.

    `may_keep` tells whether it may be kept at all where it was not taken; why it was not is told in any case.
    """

    async def endpoint(request: Request) -> Response:
        async with forms.sent_form(request, "/h5") as form:
            visit = await visit_of(request)
            origin = forms.origin_of(request, "/h5", form)
            if not same_origin(request) or not form.key:
                return _stale(request, visit, forms.Form())
            if origin is None or (visit is not None and visit.contact.id != origin.person):
                return _stale(request, visit, form)
            if not may_keep(form):
                form = replace(form, kept=False)
            try:
                if visit is None:
                    return await _after_login(request, origin, form)
                before = await forms.drafts_at(request, origin)
                return await _submitted(handler, replace(visit, drafts=before), origin, form)
            except Refused:  # so many forms of one person are not kept
                return _stale(request, visit, form, 429)

    endpoint.__doc__ = handler.__doc__
    return endpoint


async def _submitted(handler: Submit, visit: VisitorRequest, origin: forms.Origin, form: forms.Form) -> Response:
    try:
        await put_files(visit.principal, container_of(visit.request), form)
        done = await handler(visit, form)
    except Refused as refused:
        if refused.code in (RefusalCode.NOT_SIGNED_IN, RefusalCode.NOT_ENROLLED):
            return visit.on_to("/h5/")
        if refused.code == RefusalCode.KEY_REUSED:  # a second tap: the first one did it
            return forms.back_to(origin.place)
        done = replace(form, refused=refused)
    if isinstance(done, forms.Form):
        response: Response = forms.back_to(origin.place)
        await forms.keep_draft(visit.request, response, origin, _draft(visit.request, done))
        return response
    await forms.end_draft(visit.request, done, origin.place, forms.action_of(visit.request))
    return done


def citizens_submit(handler: Submit) -> Endpoint:
    """As `submitting`, for citizens; other visitors read how to bind."""

    async def form_handler(visit: VisitorRequest, form: forms.Form) -> Response | forms.Form:
        return await handler(visit, form) if visit.is_bound else visit.on_to("/h5/")

    form_handler.__doc__ = handler.__doc__
    return submitting(form_handler)


async def _after_login(request: Request, origin: forms.Origin, form: forms.Form) -> Response:
    """The session is over: what was typed, and the photos, are kept for the person whose page it was."""
    container = container_of(request)
    try:
        known = await container.contacts.get(origin.person)
        contact = Contact("wechat", origin.person) if known is None else known.contact
        principal = await container.citizens.principal_of(contact)
        await put_files(principal, container, form)
    except Refused as refused:
        form = replace(form, refused=refused)
    response = to_login(request, origin.place)
    await forms.keep_draft(request, response, origin, _draft(request, form))
    return response


def _draft(request: Request, form: forms.Form) -> Draft:
    refusal = None if form.refused is None else both(form.refused.sentence)
    return Draft(forms.action_of(request), form.key, form.fields if form.kept else {}, refusal, form.errors)


def _stale(request: Request, visit: VisitorRequest | None, form: forms.Form, status: int = 403) -> Response:
    """A form of another person's page or another site's, or of one that is older than a day; its words to be copied."""
    language = visit.language if visit is not None else language_of(request)
    bound = visit is not None and visit.is_bound
    return look(request, "h5_stale.html", language, status, bound=bound, lost=lost_words(form.fields))


def unbound(visit: VisitorRequest) -> Response:
    """The page of a visitor whose account is not bound."""
    return visit.page("h5_unbound.html", "", bound=False)


async def visit_of(request: Request) -> VisitorRequest | None:
    """Who is here, as WeChat or a provider says; None where neither has been asked yet."""
    principal = await session_of(request, COOKIE, Audience.PAGE)
    if principal is None or principal.contact is None:
        return None
    language = language_asked(request)
    if language is None:
        known = await container_of(request).contacts.get(principal.contact.id)
        language = known.language if known else "zh"
    visit = VisitorRequest(request, principal, principal.contact, language)
    if request.method != "GET":
        return visit
    here = forms.Origin(principal.contact.id, forms.place_of(request))
    return replace(visit, drafts=await forms.drafts_at(request, here))
