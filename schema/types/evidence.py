"""Photos and pages that prove what a citizen says, in a dispute or an application for repair."""

from __future__ import annotations

from datetime import datetime

import strawberry

from schema.types.connection import Node


@strawberry.type(description="A photo that belongs to a dispute, or to one about to be filed.")
class Evidence(Node):
    """`url` opens it for ten minutes."""

    key: strawberry.Private[str]
    media_type: str
    width: int
    height: int
    added_at: datetime
    url: str


@strawberry.type(description="A page to put photos and PDF files on; what is put there waits in the box.")
class EvidenceForm:
    """Good for fifteen minutes; `box` is what `boxedEvidence` is asked with."""

    url: str
    expires_at: datetime
    box: str


@strawberry.type(description="An address to send one photo or PDF file to, once.")
class EvidenceUpload:
    """`POST` the bytes of the file; the answer has the ids to file the dispute with. It can only be used once."""

    url: str
    expires_at: datetime
    max_bytes: int
    box: str
