"""`/h5`: the citizen's pages: what a mini-program shows, as plain pages that work without JavaScript.

A client of the GraphQL schema, in process, with the principal that WeChat or a provider vouches for. Binding, my data
and letters need, besides that, an address that Egret has just given, and open only for the person it was given to:
forwarded, it opens nothing. Pictures and photos are fetched without a login, by addresses of a few minutes.
"""

from collections.abc import Callable

from starlette.routing import Route

from server.web.assets import PAGE
from server.web.forms import FORM_BYTES, UPLOAD_BYTES, Form
from server.web.h5 import (
    benefits,
    bind,
    complaints,
    disputes,
    files,
    history,
    notices,
    participation,
    privacy,
    records,
    repairs,
    score,
    sign_in,
    what_if,
)
from server.web.h5.login import login
from server.web.h5.visit import Page, Submit, citizens_only, citizens_submit, submitting, visiting


def _form(path: str, handler: Submit, most: int = FORM_BYTES) -> Route:
    return Route(path, citizens_submit(handler), methods=["POST"], max_body_size=most)


def _anybodys_form(path: str, handler: Submit, may_keep: Callable[[Form], bool] = lambda form: True) -> Route:
    return Route(path, submitting(handler, may_keep), methods=["POST"], max_body_size=FORM_BYTES)


def _page(path: str, handler: Page) -> Route:
    return Route(path, citizens_only(handler), methods=["GET"], middleware=PAGE)


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
    _form("/records/{id}", records.dispute, UPLOAD_BYTES),
    _page("/records/{id}/repair", repairs.form),
    _form("/records/{id}/repair", repairs.apply, UPLOAD_BYTES),
    _page("/repairs/{id}", repairs.repair),
    _form("/repairs/{id}/withdraw", repairs.withdraw),
    _page("/disputes", disputes.disputes),
    _page("/disputes/new", complaints.choose),
    Route("/disputes/new/{topic}", visiting(complaints.complaint), methods=["GET"]),
    Route(
        "/disputes/new/{topic}",
        submitting(complaints.complain),
        methods=["POST"],
        max_body_size=UPLOAD_BYTES,
    ),
    _page("/disputes/{id}", disputes.dispute),
    _form("/disputes/{id}/{action}", disputes.act, UPLOAD_BYTES),
    _page("/notices", notices.notices),
    _form("/notices", notices.choose),
    _page("/privacy", privacy.privacy),
    _page("/privacy/looks", privacy.looks),
    _form("/privacy/looks", privacy.ask_about_look),
    _form("/privacy/consent", privacy.consent),
    _form("/privacy/optional", privacy.optional),
    _form("/privacy/data", privacy.export),
    _page("/privacy/leave", privacy.leaving),
    _anybodys_form("/privacy/leave", privacy.leave),
    _form("/privacy/residence", privacy.object_to_residence),
    _page("/privacy/part", participation.show),
    _form("/privacy/part/pause", participation.pause),
    _form("/privacy/part/resume", participation.resume),
    _form("/privacy/part/look-only", participation.look_only),
    _page("/privacy/unlink", privacy.unlinking),
    _anybodys_form("/privacy/unlink", privacy.unlink),
    Route("/login", login),
    Route("/sign-in", sign_in.sign_in, methods=["GET"]),
    Route("/wechat", sign_in.wechat, methods=["GET"]),
    Route("/oidc/{provider}", sign_in.begin, methods=["GET"]),
    Route("/oidc/{provider}/callback", sign_in.callback, methods=["GET"]),
    _anybodys_form("/sign-out", sign_in.sign_out),
    Route("/bind", visiting(bind.begin), methods=["GET"]),
    _anybodys_form("/not-me", bind.not_me),
    Route("/bind/{token}", visiting(bind.bind_form), methods=["GET"]),
    _anybodys_form("/bind/{token}", bind.bind, bind.may_keep),
    Route("/data/{token}", visiting(files.data)),
    Route("/letters/{token}", visiting(files.letter)),
    Route("/evidence-form/{token}", visiting(files.evidence_form), methods=["GET"]),
    _form("/evidence-form/{token}", files.send_evidence, UPLOAD_BYTES),
    Route("/pictures/{token}", files.picture),
    Route("/evidence/{token}", files.evidence),
]
