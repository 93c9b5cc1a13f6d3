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
from server.platform.db.collections import Document
from server.platform.db.store import Store
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
_REPOSITORY = "server/benefits/repository.py"
_EDITS = (
    ("server/platform/db/versions.py", "\nLAYOUT = 1\n", "\nLAYOUT = 2\n"),
    (
        "server/platform/db/migrations/__init__.py",
        "MIGRATIONS: tuple[Migration, ...] = ()",
        "from server.platform.db.migrations.m0002_code_places import CODE_PLACES\n\nMIGRATIONS = (CODE_PLACES,)",
    ),
    (_REPOSITORY, '    (CODES, [("expires_at", 1)], {"expireAfterSeconds": 3600}),\n', ""),
    (_REPOSITORY, "COLLECTIONS = (PASSES, CODES)", 'PLACES = "code_places"\nCOLLECTIONS = (PASSES, CODES, PLACES)'),
    (
        _REPOSITORY,
        '    Owned(CODES, by="citizen", keep=EXPIRES),\n',
        '    Owned(CODES, by="citizen", keep=EXPIRES),\n    Owned(PLACES, by="citizen", keep=EXPIRES),\n',
    ),
    (
        _REPOSITORY,
        "        self._codes: Collection[PassCodeRow] = within[CODES]\n",
        """        old = within.keeps_old(2) if isinstance(within, Transaction) else True
        names = (PLACES, CODES) if old else (PLACES,)
        self._codes: list[Collection[PassCodeRow]] = [within[name] for name in names]
""",
    ),
    (
        _REPOSITORY,
        "        await self._codes.insert_one(code)\n",
        "        for codes in self._codes:\n            await codes.insert_one(code)\n",
    ),
    (
        _REPOSITORY,
        '        code = await self._codes.find_one({"_id": code_index})\n',
        """        code = None
        for codes in self._codes:
            code = code or await codes.find_one({"_id": code_index})
""",
    ),
    (
        _REPOSITORY,
        "from server.platform.db import EXPIRES",
        "from server.platform.core.unit_of_work import Transaction\nfrom server.platform.db import EXPIRES",
    ),
)


def made(into: Path) -> Path:
    """The tree of the next release, in a folder."""
    for floor in FLOORS:
        shutil.copytree(ROOT / floor, into / floor, ignore=shutil.ignore_patterns("__pycache__"))
    (into / "server/platform/db/migrations" / "m0002_code_places.py").write_text(_CODE_PLACES, "utf-8")
    for name, old, new in _EDITS:
        text = (into / name).read_text("utf-8")
        assert text.count(old) == 1, (name, old)
        (into / name).write_text(text.replace(old, new), "utf-8")
    return into
