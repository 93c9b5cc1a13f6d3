"""Photos and PDF files that come with a form: they wait under the form's key until a dispute takes them."""

from __future__ import annotations

from server.web.h5.visit import Form, VisitorRequest
from server.web.session import container_of


async def boxed(visit: VisitorRequest, box: str) -> list[str]:
    """The ids of what waits under a key."""
    found = (await visit.ask("BoxedEvidence", box=box))["boxedEvidence"]
    return [edge["node"]["id"] for edge in found["edges"]]


async def put_files(visit: VisitorRequest, form: Form) -> None:
    """Keep what was chosen; the same file twice is kept once. Raises Refused."""
    evidence = container_of(visit.request).evidence
    for file in form.files:
        async with evidence.turn(visit.principal):
            await evidence.put_in_box(visit.principal, form.key, file)
