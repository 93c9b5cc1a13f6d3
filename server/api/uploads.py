"""`/uploads/…`: where an app sends one file to, by an address that a mutation gave. The address is the permission."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from schema.types.errors import Refusal, RefusalCode, Refused
from schema.types.principal import Kind, Principal
from server.container import Container
from server.disputes.evidence import MOST_BYTES
from server.platform.crypto.signed_tokens import BadSignedTokenError

_STATUS = {RefusalCode.TOO_MANY_TRIES: 429, RefusalCode.PHOTO_TOO_LARGE: 413}


async def upload(request: Request) -> Response:
    """Keep one photo, or the pages of a PDF file; its ids, or a refusal as the API has it."""
    container: Container = request.app.state.container
    token = request.path_params["token"]
    try:
        given = await container.signed_tokens.read_unused("upload", token)
        citizen = Principal(Kind.CITIZEN, given["citizen"])
        with tempfile.TemporaryFile() as file:
            async for piece in request.stream():
                file.write(piece)
            async with container.evidence.turn(citizen):  # a slow file holds no other person up
                await container.signed_tokens.consume(token)
                await container.evidence.put_in_box(citizen, given["box"], file)
        kept = await container.evidence.boxed(citizen, given["box"])
    except BadSignedTokenError:
        return _json({"errors": [{"code": "GONE", "message": "This address was used, or its time is over."}]}, 410)
    except HTTPException as late:
        code = "TOO_SLOW" if late.status_code == 408 else "TOO_MUCH"
        return _json({"errors": [{"code": code, "message": late.detail}]}, late.status_code, late.headers)
    except ClientDisconnect:
        return _json({"errors": [{"code": "TOO_SLOW", "message": "The file did not arrive whole."}]}, 408)
    except Refused as refused:
        told = Refusal.of(refused)
        fault = {"code": told.code.value, "message": {"zh": told.message.zh, "en": told.message.en}}
        return _json({"errors": [fault]}, _STATUS.get(refused.code, 422))
    return _json({"evidence": [{"id": one.id} for one in kept]}, 201)


def _json(content: object, status: int, more: Mapping[str, str] | None = None) -> Response:
    headers = {"cache-control": "no-store", **(more or {})}
    return Response(orjson.dumps(content), status, media_type="application/json", headers=headers)


ROUTES = [Route("/{token}", upload, methods=["POST"], max_body_size=MOST_BYTES)]
