"""`/graphql`: GraphQL over HTTP (the draft of 2025), media types by quality, GET for queries only, no batches."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from graphql import GraphQLError, OperationType
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from schema.engine.documents import DocumentError, Operation
from schema.engine.execution import Answer, refused, run_operation
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import ANONYMOUS, Caller, Principal
from server.api.accepting import Media, accepted, language_of
from server.api.events import as_events, event_stream
from server.api.request import (
    BadRequestError,
    GraphQLRequest,
    NotPersistedError,
    bearer,
    content_of,
    cost_of,
    find,
    was_executed,
)
from server.auth.service import BadTokenError, ExpiredError, UnconfirmedError
from server.container import Container
from server.platform.kit.addresses import address_of
from server.platform.kit.json import JsonObject

_KEY_MAX = 200
_PUBLIC_SECONDS = 60
_PRIVATE = {"cache-control": "no-store"}
_UTF8 = frozenset({"", "utf-8", "utf8"})
_NOT_ACCEPTABLE = "Accept application/graphql-response+json, application/json or text/event-stream."
_INVALID_TOKEN = {"www-authenticate": 'Bearer error="invalid_token"'}
_EXPIRED = Refused(RefusalCode.EXPIRED).sentence("en")
_UNCONFIRMED = "The sign-in service of the office cannot be reached. Your session is kept; try again in a moment."


async def graphql(request: Request) -> Response:
    """One operation. Errors carry `extensions.code`; a bad token is 401, and 503 while it cannot be told."""
    container: Container = request.app.state.container
    accept = request.headers.get("accept")
    media = accepted(accept, listens=False)
    if media is None:
        return _error(_NOT_ACCEPTABLE, RefusalCode.BAD_INPUT.value, 406, Media.JSON, {})
    try:
        params = _of_query(request) if request.method == "GET" else await _of_body(request)
        asked, principal = await _asked(request, container, params)
        request.state.operation = container.watch.label(asked.operation)
        _check_method(request, asked.operation)
        caller = Caller(principal, _idempotency_key(request, asked.operation), address_of(request))
        context = container.context(caller, language_of(request.headers.get("accept-language")))
        if asked.listens and accepted(accept, listens=True) is not None:
            media = Media.EVENTS
        if media is Media.EVENTS:
            token = None if principal is ANONYMOUS else bearer(request.headers.get("authorization"))
            return event_stream(request, asked, context, token)
    except _FAILURES as error:
        return _failure(error, media)
    answer = await run_operation(container.schema, asked.operation, asked.variables, context)
    if request.method == "GET" and asked.operation.public and not answer.errors:
        return _public(request, answer, media)
    return _answer(answer, media, cost=cost_of(asked.bill.spent, asked.bill.left))


async def _asked(request: Request, container: Container, params: object) -> tuple[GraphQLRequest, Principal]:
    """What is asked for, and by whom. A token that is good no more keeps no one from signing in again."""
    address = address_of(request)
    try:
        principal = await container.sessions.principal_of(bearer(request.headers.get("authorization")))
    except UnconfirmedError:
        raise
    except BadTokenError as bad:
        try:
            asked = await find(container, params, ANONYMOUS, address)
        except (BadRequestError, DocumentError, NotPersistedError):
            raise bad from None
        if not asked.operation.signs_in:
            raise
        return asked, ANONYMOUS
    return await find(container, params, principal, address), principal


_FAILURES = (BadTokenError, NotPersistedError, BadRequestError, Refused, DocumentError)


def _failure(error: Exception, media: Media) -> Response:
    """The answer to a request of which nothing was executed."""
    match error:
        case UnconfirmedError():
            return _error(_UNCONFIRMED, RefusalCode.NOT_SIGNED_IN.value, 503, media, {"retry-after": "10"})
        case ExpiredError():
            return _error(_EXPIRED, RefusalCode.EXPIRED.value, 401, media, _INVALID_TOKEN)
        case BadTokenError():
            return _error("Sign in again.", RefusalCode.NOT_SIGNED_IN.value, 401, media, _INVALID_TOKEN)
        case NotPersistedError():
            return _error("PersistedQueryNotSupported", "PERSISTED_QUERY_NOT_SUPPORTED", 200, media, {})
        case BadRequestError():
            return _error(str(error), error.code.value, error.status, media, error.headers)
        case Refused():
            headers = {"retry-after": str(error.retry_after)}
            left = error.details.get("left", 0)
            cost = cost_of(0, left if isinstance(left, int) else 0, error.retry_after)
            return _error(error.sentence("en"), error.code.value, 429, media, headers, cost)
        case DocumentError():
            return _unfit(error, media)
    raise error


def _unfit(error: DocumentError, media: Media) -> Response:
    """The answer to a document that cannot be run; to a client of events alone, as one."""
    answer = refused(error)
    if media is Media.EVENTS:
        return Response(as_events(answer), media_type=media, headers=_PRIVATE)
    return _answer(answer, media, 400 if error.is_of_syntax else 422)


def _check_method(request: Request, operation: Operation) -> None:
    if request.method == "GET" and operation.kind is not OperationType.QUERY:
        raise BadRequestError("Only queries go by GET.", 405, headers={"allow": "POST"})
    if request.method == "GET" and operation.names_people:
        raise BadRequestError("Nobody's name or number may stand in an address.", 405, headers={"allow": "POST"})


def _idempotency_key(request: Request, operation: Operation) -> str | None:
    """The key of a change; it is of one, so that its answer can be told from another's."""
    key = request.headers.get("idempotency-key")
    if key is not None and operation.kind is OperationType.MUTATION and operation.roots > 1:
        raise BadRequestError("Send one change with an Idempotency-Key.")
    if key is not None and not 0 < len(key) <= _KEY_MAX:
        raise BadRequestError(f"Idempotency-Key has 1 to {_KEY_MAX} characters.")
    return key


def _of_query(request: Request) -> JsonObject:
    params: JsonObject = dict(request.query_params)
    for name in ("variables", "extensions"):
        params[name] = _parse(params[name]) if params.get(name) else None
    return params


async def _of_body(request: Request) -> Any:
    kind, _, charset = request.headers.get("content-type", "").partition(";")
    named = charset.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != Media.JSON or named not in _UTF8:
        raise BadRequestError("Send application/json in UTF-8.", 415)
    try:
        return _parse(await request.body())
    except HTTPException as late:
        code = RefusalCode.TOO_SLOW if late.status_code == 408 else RefusalCode.TOO_MUCH
        raise BadRequestError(late.detail, late.status_code, code, dict(late.headers or {})) from None


def _parse(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadRequestError("The body is not JSON.") from None


def _answer(answer: Answer, media: Media, unfit: int = 400, cost: JsonObject | None = None) -> Response:
    """`unfit` is the status where nothing was executed; in plain JSON a status says nothing of errors."""
    status = 200 if not answer.errors or was_executed(answer) or media is Media.JSON else unfit
    return _respond(content_of(answer) | (cost or {}), status, media, _PRIVATE)


def _public(request: Request, answer: Answer, media: Media) -> Response:
    """What is the same for everybody may be kept by anybody, and is sent again only where it changed."""
    response = _respond(content_of(answer), 200, media, {"cache-control": f"public, max-age={_PUBLIC_SECONDS}"})
    tag = f'"{hashlib.blake2b(bytes(response.body), digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "vary": "accept, accept-language, authorization"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers={**headers, "cache-control": response.headers["cache-control"]})
    response.headers.update(headers)
    return response


def _respond(content: JsonObject, status: int, media: Media, headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(content), status, media_type=f"{media}; charset=utf-8", headers=headers)


def _error(
    message: str, code: str, status: int, media: Media, headers: dict[str, str], more: JsonObject | None = None
) -> Response:
    error = GraphQLError(message, extensions={"code": code})
    form = Media.JSON if media is Media.EVENTS else media
    return _respond({"errors": [error.formatted], **(more or {})}, status, form, {**_PRIVATE, **headers})
