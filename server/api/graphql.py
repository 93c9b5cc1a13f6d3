"""`/graphql`: GraphQL over HTTP (the draft of 2025), exact media types, GET for queries only, no batches."""

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
from schema.types.principal import Caller
from server.api.request import BadRequestError, bearer, content_of, find, was_executed
from server.api.streams import event_stream
from server.auth.service import BadTokenError, UnconfirmedError
from server.container import Container
from server.platform.kit.addresses import address_of
from server.platform.kit.json import JsonObject

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
EVENTS = "text/event-stream"
_KEY_MAX = 200
_PUBLIC_SECONDS = 60
_PRIVATE = {"cache-control": "no-store"}
_UNCONFIRMED = "The sign-in service of the office cannot be reached. Your session is kept; try again in a moment."


async def graphql(request: Request) -> Response:
    """One operation. Errors carry `extensions.code`; a bad token is 401 whatever is wrong with it, and 503
    while it cannot be told."""
    container: Container = request.app.state.container
    media = RESPONSE if RESPONSE in request.headers.get("accept", "") else JSON
    try:
        params = _of_query(request) if request.method == "GET" else await _of_body(request)
        principal = await container.sessions.principal_of(bearer(request.headers.get("authorization")))
        address = address_of(request)
        asked = await find(container, params, principal, address)
        request.state.operation = container.watch.label(asked.operation)
        _check_method(request, asked.operation)
        context = container.context(Caller(principal, _idempotency_key(request, asked.operation), address))
        if EVENTS in request.headers.get("accept", ""):
            return event_stream(request, asked, context, bearer(request.headers.get("authorization")))
    except UnconfirmedError:
        return _error(_UNCONFIRMED, RefusalCode.NOT_SIGNED_IN, 503, media, {"retry-after": "10"})
    except BadTokenError:
        return _error("Sign in again.", RefusalCode.NOT_SIGNED_IN, 401, media, {"www-authenticate": "Bearer"})
    except BadRequestError as error:
        return _error(str(error), error.code, error.status, media, error.headers)
    except Refused as over:
        return _error(over.sentence("en"), over.code, 429, media, {"retry-after": str(over.retry_after)})
    except DocumentError as error:
        return _answer(refused(error), media)
    answer = await run_operation(container.schema, asked.operation, asked.variables, context)
    if request.method == "GET" and asked.operation.public and not answer.errors:
        return _public(request, answer, media)
    return _answer(answer, media)


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
    if kind.strip().lower() != JSON or charset.strip().lower() not in ("", "charset=utf-8", 'charset="utf-8"'):
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


def _answer(answer: Answer, media: str) -> Response:
    status = 200 if not answer.errors or was_executed(answer) or media == JSON else 400
    return _respond(content_of(answer), status, media, _PRIVATE)


def _public(request: Request, answer: Answer, media: str) -> Response:
    """What is the same for everybody may be kept by anybody, and is sent again only where it changed."""
    response = _respond(content_of(answer), 200, media, {"cache-control": f"public, max-age={_PUBLIC_SECONDS}"})
    tag = f'"{hashlib.blake2b(bytes(response.body), digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "vary": "accept, authorization"}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers={**headers, "cache-control": response.headers["cache-control"]})
    response.headers.update(headers)
    return response


def _respond(content: JsonObject, status: int, media: str, headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(content), status, media_type=f"{media}; charset=utf-8", headers=headers)


def _error(message: str, code: RefusalCode, status: int, media: str, headers: dict[str, str]) -> Response:
    error = GraphQLError(message, extensions={"code": code.value})
    return _respond({"errors": [error.formatted]}, status, media, {**_PRIVATE, **headers})
