"""`/h5`: the citizen's pages: what a mini-program shows, as plain pages that work without JavaScript.

A client of the GraphQL schema, in process, with the principal that WeChat vouches for. Binding, my data and
letters need, besides that, an address that Egret has just given, and open only for the person it was given to:
forwarded, it opens nothing. Pictures and photos are fetched without a login, by addresses of a few minutes.
"""

from starlette.routing import Route

from server.web.h5 import benefits, bind, disputes, files, history, privacy, records, score, what_if
from server.web.h5.login import login
from server.web.h5.visit import Page, citizens_only, visiting

_FORM_MAX = 16 * 1024
_UPLOAD_MAX = 26 * 1024 * 1024
"""All files of a form together."""


def _form(path: str, handler: Page, most: int = _FORM_MAX) -> Route:
    return Route(path, citizens_only(handler), methods=["POST"], max_body_size=most)


def _page(path: str, handler: Page) -> Route:
    return Route(path, citizens_only(handler), methods=["GET"])


ROUTES = [
    _page("/", score.score),
    _page("/history", history.history),
    _page("/what-if", what_if.what_if),
    _page("/benefits", benefits.benefits),
    _page("/benefits/{code}", benefits.benefit),
    _form("/benefits/{code}/pass", benefits.take_pass),
    _page("/passes/{id}", benefits.show_pass),
    _page("/records", records.records),
    _page("/records/{id}", records.record),
    _form("/records/{id}", records.dispute, _UPLOAD_MAX),
    _page("/disputes", disputes.disputes),
    _page("/disputes/{id}", disputes.dispute),
    _form("/disputes/{id}/{action}", disputes.act, _UPLOAD_MAX),
    _page("/privacy", privacy.privacy),
    _page("/privacy/looks", privacy.looks),
    _form("/privacy/consent", privacy.consent),
    _form("/privacy/optional", privacy.optional),
    _form("/privacy/data", privacy.export),
    _page("/privacy/leave", privacy.leaving),
    Route("/privacy/leave", visiting(privacy.leave), methods=["POST"], max_body_size=_FORM_MAX),
    _page("/privacy/unlink", privacy.unlinking),
    Route("/privacy/unlink", visiting(privacy.unlink), methods=["POST"], max_body_size=_FORM_MAX),
    Route("/login", login),
    Route("/bind", visiting(bind.begin), methods=["POST"], max_body_size=_FORM_MAX),
    Route("/bind/{token}", bind.bind_form, methods=["GET"]),
    Route("/bind/{token}", bind.bind, methods=["POST"], max_body_size=_FORM_MAX),
    Route("/data/{token}", visiting(files.data)),
    Route("/letters/{token}", visiting(files.letter)),
    Route("/evidence-form/{token}", visiting(files.evidence_form), methods=["GET", "POST"], max_body_size=_UPLOAD_MAX),
    Route("/pictures/{token}", files.picture),
    Route("/evidence/{token}", files.evidence),
]
