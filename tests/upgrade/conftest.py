"""One city of this release, and the tree of the next one, for all tests here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.upgrade import next_release
from tests.upgrade.city import City, old_city


@pytest_asyncio.fixture(scope="module")
async def city(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    folder = tmp_path_factory.mktemp("upgrade")
    new = next_release.made(folder / "next")
    async with old_city(mongodb_uri, folder, new) as made:
        yield made
