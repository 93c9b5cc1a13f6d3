"""`/uploads/…`: where an app sends one file to, by an address that a mutation gave. The address is the permission.

The file is the body itself, by POST or PUT, or the one file of a form, as `FormData` and `wx.uploadFile` send it.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from typing import IO

import orjson
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Kind, Principal
from server.container import Container
from server.disputes.evidence import MOST_BYTES
from server.platform.crypto.signed_tokens import BadSignedTokenError

_MOST_FIELDS = 8
_FORM_BYTES = 64 * 1024
"""What a form has around its file."""
_STATUS = {RefusalCode.TOO_MANY_TRIES: 429, RefusalCode.PHOTO_TOO_LARGE: 413}


async def upload(request: Request) -> Response:
    """Keep one photo, or the pages of a PDF file; its ids, or an error as the API has it; a refusal in both languages.

    Only a file that was kept uses the address up.
    """
    container: Container = request.app.state.container
    token = request.path_params["token"]
    try:
        given = await container.signed_tokens.read_unused("upload", token)
        citizen = Principal(Kind.CITIZEN, given["citizen"])
        async with _file_of(request) as file, container.evidence.turn(citizen):  # a slow file holds no one else up
            await container.signed_tokens.consume(token)
            try:
                await container.evidence.put_in_box(citizen, given["box"], file)
            except BaseException:
                await container.signed_tokens.restore(token)
                raise
        kept = await container.evidence.boxed(citizen, given["box"])
    except BadSignedTokenError:
        return _fault("GONE", "This address was used, or its time is over.", 410)
    except HTTPException as late:
        code = {400: "BAD_INPUT", 408: "TOO_SLOW"}.get(late.status_code, "TOO_MUCH")
        return _fault(code, late.detail, late.status_code, late.headers)
    except ClientDisconnect:
        return _fault("TOO_SLOW", "The file did not arrive whole.", 408)
    except Refused as refused:
        return _refusal(refused)
    return _json({"evidence": [{"id": one.id} for one in kept]}, 201)


@contextlib.asynccontextmanager
async def _file_of(request: Request) -> AsyncIterator[IO[bytes]]:
    """What was sent. Raises HTTPException (400) for a form without a file, or with more than one."""
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=_MOST_FIELDS) as form:
            chosen = [value for value in form.values() if isinstance(value, UploadFile)]
            if not chosen:
                raise HTTPException(400, "Send one file in the form.")
            yield chosen[0].file
        return
    with tempfile.TemporaryFile() as file:
        async for piece in request.stream():
            file.write(piece)
        yield file


def _refusal(refused: Refused) -> Response:
    """With what its person reads, in both languages."""
    read = {language: refused.sentence(language) for language in ("zh", "en")}
    error = {"message": read["en"], "extensions": {"code": refused.code.value, "message": read}}
    return _json({"errors": [error]}, _STATUS.get(refused.code, 422))


def _fault(code: str, message: str, status: int, more: Mapping[str, str] | None = None) -> Response:
    """An error in the form that the API's errors have."""
    return _json({"errors": [{"message": message, "extensions": {"code": code}}]}, status, more)


def _json(content: object, status: int, more: Mapping[str, str] | None = None) -> Response:
    headers = {"cache-control": "no-store", **(more or {})}
    return Response(orjson.dumps(content), status, media_type="application/json", headers=headers)


ROUTES = [Route("/{token}", upload, methods=["POST", "PUT"], max_body_size=MOST_BYTES + _FORM_BYTES)]
