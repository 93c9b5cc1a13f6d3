"""The next release: this tree with one migration more, and what its code does while older code works.

Layout 2 moves the codes of passes from `pass_codes` to `code_places`. Until it is contracted, the next release writes
both and finds either.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.paths import ROOT

LAYOUT = 2
MIGRATION = "0002-code-places"
FLOORS = ("server", "schema", "bot", "scoring")
_CODE_PLACES = '''"""Codes of passes move to a collection of another name."""

from __future__ import annotations

from collections.abc import Sequence

from server.platform.db.migrations.migration import Migration, Walk
from server.platform.db.store import Document, Store
from server.platform.db.batch_loader import Update, update_each

_INDEX = ([("expires_at", 1)], {"expireAfterSeconds": 3600})


async def _copy(store: Store, rows: Sequence[Document]) -> None:
    copies = [{name: row[name] for name in ("citizen", "pass", "expires_at")} for row in rows]
    ids = [row["_id"] for row in rows]
    updates = [Update({"_id": i}, {"$setOnInsert": c}, upsert=True) for i, c in zip(ids, copies, strict=True)]
    await update_each(store["code_places"], updates)
    await store["pass_codes"].update_many({"_id": {"$in": ids}}, {"$set": {"copied": True}})


async def _forget(store: Store, rows: Sequence[Document]) -> None:
    await store["pass_codes"].delete_many({"_id": {"$in": [row["_id"] for row in rows]}})


CODE_PLACES = Migration(
    number=2,
    name="code-places",
    why="codes of passes stand in code_places",
    adds=(("code_places", *_INDEX),),
    retires=(("pass_codes", *_INDEX),),
    backfill=Walk("pass_codes", {"copied": {"$exists": False}}, _copy),
    clean=Walk("pass_codes", {"copied": True}, _forget),
)
'''
_PASS_CODES = '''"""Which pass a code stands for, on both layouts."""

from __future__ import annotations

from server.platform.core.unit_of_work import Change
from server.platform.db import Document

_NOBODY = "-"


async def keep(change: Change, document: Document, code_index: bytes) -> None:
    """Store a new pass with its code, so that whoever works on the database finds it."""
    row = {"citizen": document["citizen"], "pass": document["_id"], "expires_at": document["expires_at"]}
    for name in ("code_places", *(("pass_codes",) if change.keeps_old(2) else ())):
        await change[name].insert_one({"_id": code_index, **row})
    await change["passes"].insert_one(document)


async def pass_of(change: Change, code_index: bytes) -> Document:
    """A query for the one pass that a code stands for."""
    for name in ("code_places", *(("pass_codes",) if change.keeps_old(2) else ())):
        row = await change[name].find_one({"_id": code_index})
        if row is not None:
            return {"citizen": row["citizen"], "_id": row["pass"]}
    return {"citizen": _NOBODY, "_id": _NOBODY}


async def forget(change: Change, citizen: str) -> None:
    """Delete the codes of somebody who leaves."""
    for name in ("code_places", "pass_codes"):
        await change[name].delete_many({"citizen": citizen})
'''
_EDITS = {
    "server/platform/db/versions.py": ("\nLAYOUT = 1\n", "\nLAYOUT = 2\n"),
    "server/platform/db/migrations/__init__.py": (
        "MIGRATIONS: tuple[Migration, ...] = ()",
        "from server.platform.db.migrations.m0002_code_places import CODE_PLACES\n\nMIGRATIONS = (CODE_PLACES,)",
    ),
    "server/platform/db/layout.py": (
        '    ("pass_codes", [("expires_at", 1)], {"expireAfterSeconds": _HOUR}),\n',
        "",
    ),
}


def made(into: Path) -> Path:
    """The tree of the next release, in a folder."""
    for floor in FLOORS:
        shutil.copytree(ROOT / floor, into / floor, ignore=shutil.ignore_patterns("__pycache__"))
    (into / "server/platform/db/migrations" / "m0002_code_places.py").write_text(_CODE_PLACES, "utf-8")
    (into / "server/benefits/pass_codes.py").write_text(_PASS_CODES, "utf-8")
    for name, (old, new) in _EDITS.items():
        text = (into / name).read_text("utf-8")
        assert text.count(old) == 1, name
        (into / name).write_text(text.replace(old, new), "utf-8")
    return into
