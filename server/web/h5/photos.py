"""Photos and PDF files that come with a form: they wait under the form's key until a dispute takes them."""

from __future__ import annotations

from schema.types.errors import Refused
from server.web.h5.visit import Form, NotDoneError, VisitorRequest
from server.web.session import container_of


async def put_files(visit: VisitorRequest, form: Form) -> None:
    """Keep what was chosen; the same file twice is kept once. Raises NotDoneError."""
    evidence = container_of(visit.request).evidence
    for file in form.files:
        try:
            async with evidence.turn(visit.principal):
                await evidence.put_in_box(visit.principal, form.key, file)
        except Refused as refused:
            raise NotDoneError.of(refused) from None
