"""`/graphql`: GraphQL over HTTP, GET for queries only, exact media types."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from strawberry.types.graphql import OperationType

from schema.errors import RefusalCode
from schema.execution import Answer, run
from server.sessions import BadTokenError
from server.system import System

_JSON = "application/json"
_RESPONSE = "application/graphql-response+json"
_ANY = (OperationType.QUERY, OperationType.MUTATION)
_KEY_MAX = 200


class _BadRequestError(Exception):
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


async def graphql(request: Request) -> Response:
    """One operation. Errors carry `extensions.code`; a bad token is 401 whatever is wrong with it."""
    system: System = request.app.state.system
    media = _RESPONSE if _RESPONSE in request.headers.get("accept", "") else _JSON
    try:
        params = await _params(request)
        principal = await system.sessions.principal_of(_bearer(request))
        key = request.headers.get("idempotency-key")
        if key is not None and not 0 < len(key) <= _KEY_MAX:
            raise _BadRequestError(f"Idempotency-Key has 1 to {_KEY_MAX} characters.")
    except BadTokenError:
        return _error("Sign in again.", RefusalCode.NOT_SIGNED_IN.value, 401, media)
    except _BadRequestError as error:
        return _error(str(error), RefusalCode.BAD_INPUT.value, error.status, media)
    answer = await run(
        system.schema,
        params["query"],
        params["variables"],
        system.context(principal, key),
        params["operationName"],
        allowed=(OperationType.QUERY,) if request.method == "GET" else _ANY,
    )
    return _answer(answer, media)


def _answer(answer: Answer, media: str) -> Response:
    if not answer.errors:
        return _respond({"data": answer.data}, 200, media)
    content: dict[str, Any] = {"errors": [error.formatted for error in answer.errors]}
    if answer.data is not None or any(error.path for error in answer.errors):
        return _respond({"data": answer.data, **content}, 200, media)
    return _respond(content, 400 if media == _RESPONSE else 200, media)


async def _params(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        raw: Any = dict(request.query_params)
        raw["variables"] = _parse(raw["variables"]) if raw.get("variables") else None
    else:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != _JSON:
            raise _BadRequestError("Send application/json.", 415)
        raw = _parse(await request.body())
    if not isinstance(raw, dict) or not isinstance(raw.get("query"), str):
        raise _BadRequestError("Send an object with `query`, and `variables` and `operationName` as needed.")
    variables, name = raw.get("variables"), raw.get("operationName")
    if not isinstance(variables, dict | None) or not isinstance(name, str | None):
        raise _BadRequestError("`variables` is an object, `operationName` a string.")
    return {"query": raw["query"], "variables": variables, "operationName": name}


def _parse(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _BadRequestError("The body is not JSON.") from None


def _bearer(request: Request) -> str | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise BadTokenError
    return token.strip()


def _respond(content: dict[str, Any], status: int, media: str) -> Response:
    body = orjson.dumps(content)
    return Response(body, status, media_type=f"{media}; charset=utf-8", headers={"cache-control": "no-store"})


def _error(message: str, code: str, status: int, media: str) -> Response:
    return _respond({"errors": [{"message": message, "extensions": {"code": code}}]}, status, media)
