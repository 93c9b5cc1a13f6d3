"""Photos and PDF files that come with a form: they wait under the form's key until a dispute takes them."""

from __future__ import annotations

from schema.types.principal import Kind, Principal
from server.container import Container
from server.web.forms import Form


async def put_files(principal: Principal, container: Container, form: Form) -> int:
    """Keep what was chosen; how many photos and pages that gave. The same file twice is kept once. Raises Refused."""
    if form.refused is not None:
        raise form.refused
    if principal.kind is not Kind.CITIZEN:
        return 0
    count = 0
    for file in form.files:
        async with container.evidence.turn(principal):
            count += await container.evidence.put_in_box(principal, form.key, file)
    return count
