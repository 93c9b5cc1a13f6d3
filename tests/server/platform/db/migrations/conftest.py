"""Databases without a layout and of the first one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from server.container.collections import INDEXES
from server.platform.db import Store, open_store, prepare
from server.platform.db.versions import FIRST, LINE
from tests.server.platform.db.migrations import synthetic
from tests.server.platform.db.migrations.database import LABELS, a_label


@pytest_asyncio.fixture
async def empty(mongodb_uri: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """A database that no one prepared, before a release that knows the synthetic migrations."""
    synthetic.install(monkeypatch.setattr)
    opened = open_store(mongodb_uri, "migrating", "motor")
    await opened.drop()
    yield opened
    await opened.drop()
    await opened.close()


@pytest_asyncio.fixture
async def old(empty: Store) -> Store:
    """A database of the first layout, with labels as it kept them: every second one is still good."""
    first = dict.fromkeys(("version", "floor", "contracted", "clean"), FIRST)
    await empty["meta"].insert_one({"_id": "layout", "line": LINE, **first})
    await prepare(empty, INDEXES)
    await empty["labels"].insert_many([a_label(n) for n in range(LABELS)])
    return empty
