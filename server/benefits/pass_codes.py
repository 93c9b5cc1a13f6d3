"""Which pass a code stands for.

A row of `pass_codes` is `_id` (the code's digest), `citizen`, `pass` and `expires_at`. There a code is unique in the
whole city and names the citizen, so that passes can be sharded by citizen and a partner's question reads one shard.
"""

from __future__ import annotations

from server.platform.core.unit_of_work import Transaction
from server.platform.db import Document

_NOBODY = "-"
"""No pass has this id: asking for it costs what asking for a pass does."""


async def keep(tx: Transaction, document: Document, code_index: bytes) -> None:
    """Store a new pass with its code."""
    row = {"_id": code_index, "citizen": document["citizen"], "pass": document["_id"]}
    await tx["pass_codes"].insert_one({**row, "expires_at": document["expires_at"]})
    await tx["passes"].insert_one(document)


async def pass_of(tx: Transaction, code_index: bytes) -> Document:
    """A query for the one pass that a code stands for; it finds nothing where there is none."""
    row = await tx["pass_codes"].find_one({"_id": code_index})
    if row is None:
        return {"citizen": _NOBODY, "_id": _NOBODY}
    return {"citizen": row["citizen"], "_id": row["pass"]}


async def forget(tx: Transaction, citizen: str) -> None:
    """Delete the codes of somebody who leaves. The collection holds an hour's codes: it needs no index for this."""
    await tx["pass_codes"].delete_many({"citizen": citizen})
