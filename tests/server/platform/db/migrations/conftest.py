"""Databases without a layout and of the first one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from server.platform.db import Store, open_store, prepare
from server.platform.db.versions import FIRST
from tests.server.platform.db.migrations.database import PASSES, a_pass


@pytest_asyncio.fixture
async def empty(mongodb_uri: str) -> AsyncIterator[Store]:
    """A database that nobody prepared."""
    opened = open_store(mongodb_uri, "migrating", "motor")
    await opened.drop()
    yield opened
    await opened.drop()
    await opened.close()


@pytest_asyncio.fixture
async def old(empty: Store) -> Store:
    """A database of the first layout, with passes as it kept them: every second one is still good."""
    await empty["meta"].insert_one({"_id": "layout", "version": FIRST})
    await prepare(empty)
    await empty["passes"].insert_many([a_pass(n) for n in range(PASSES)])
    return empty
