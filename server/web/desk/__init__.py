"""`/desk`: where disputes are decided, by two people and a telephone.

A client of the GraphQL schema, in process, with the principal of the person signed in.
Every form that changes something carries a token that belongs to the session.
"""

from starlette.routing import Route

from server.web.desk import cases, checks, figures, log, looks, notices, oidc, queue, repairs, visit
from server.web.desk.visit import signed_in, submitting
from server.web.forms import FORM_BYTES

_TOKEN_MAX = 32 * 1024

ROUTES = [
    Route("/", signed_in(queue.queue)),
    Route("/pulse", signed_in(queue.pulse)),
    Route("/next", submitting(queue.take_next, "/desk/"), methods=["POST"], max_body_size=FORM_BYTES),
    Route("/log", signed_in(log.log)),
    Route("/checks", signed_in(checks.checks), methods=["GET"]),
    Route("/checks", submitting(checks.close), methods=["POST"], max_body_size=FORM_BYTES),
    Route("/repairs", signed_in(repairs.repairs)),
    Route("/repairs/{id}", signed_in(repairs.repair), methods=["GET"]),
    Route("/repairs/{id}/{action}", submitting(repairs.act), methods=["POST"], max_body_size=FORM_BYTES),
    Route("/looks", signed_in(looks.looks), methods=["GET"]),
    Route("/looks", submitting(looks.answer), methods=["POST"], max_body_size=FORM_BYTES),
    Route("/notices", signed_in(notices.notices), methods=["GET"]),
    Route("/notices", submitting(notices.told), methods=["POST"], max_body_size=FORM_BYTES),
    Route("/figures", signed_in(figures.figures)),
    Route("/steward", signed_in(figures.steward)),
    Route("/steward/impact/{id}", signed_in(figures.impact)),
    Route(
        "/steward/versions/{code}/approve",
        submitting(figures.approve_version, "/desk/steward"),
        methods=["POST"],
        max_body_size=FORM_BYTES,
    ),
    Route("/search", signed_in(cases.search), methods=["GET"]),
    Route("/search", submitting(cases.find, "/desk/search"), methods=["POST"], max_body_size=FORM_BYTES),
    Route("/sign-in", visit.sign_in_form, methods=["GET"]),
    Route("/sign-in", visit.sign_in, methods=["POST"], max_body_size=FORM_BYTES),
    Route("/sign-out", oidc.sign_out, methods=["POST"], max_body_size=FORM_BYTES),
    Route("/oidc/login", oidc.login, methods=["GET"]),
    Route("/oidc/callback", oidc.callback, methods=["GET"]),
    Route("/oidc/backchannel-logout", oidc.log_out, methods=["POST"], max_body_size=_TOKEN_MAX),
    Route("/cases/{id}", signed_in(cases.case), methods=["GET"]),
    Route("/cases/{id}/{letter}", signed_in(cases.letter), methods=["GET"]),
    Route("/cases/{id}/{action}", submitting(cases.act), methods=["POST"], max_body_size=FORM_BYTES),
]
