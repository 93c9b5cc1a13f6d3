"""Which pass a code stands for, on every layout that this code meets."""

from __future__ import annotations

from server.platform.core.changes import Change
from server.platform.db import PASS_CODES, PASS_VERSION, Document, Layouts

_NOBODY = "-"
"""No pass has this id: asking for it costs what asking for a pass does."""


async def keep(change: Change, layouts: Layouts, document: Document, code_index: bytes) -> None:
    """Store a new pass with its code, so that whoever works on the database finds it."""
    row = {"_id": code_index, "citizen": document["citizen"], "pass": document["_id"]}
    await change["pass_codes"].insert_one({**row, "expires_at": document["expires_at"]}, session=change.session)
    document = {**document, "v": PASS_VERSION}
    if layouts.keeps_old(PASS_CODES.number):
        document["code_index"] = code_index
    await change["passes"].insert_one(document, session=change.session)


async def pass_of(change: Change, layouts: Layouts, code_index: bytes) -> Document:
    """A query for the one pass that a code stands for; it finds nothing where there is none."""
    row = await change["pass_codes"].find_one({"_id": code_index}, session=change.session)
    if row is not None:
        return {"citizen": row["citizen"], "_id": row["pass"]}
    if layouts.keeps_old(PASS_CODES.number):
        return {"code_index": code_index}
    return {"citizen": _NOBODY, "_id": _NOBODY}


async def forget(change: Change, citizen: str) -> None:
    """Delete the codes of somebody who leaves. The collection holds an hour's codes: it needs no index for this."""
    await change["pass_codes"].delete_many({"citizen": citizen}, session=change.session)
