"""One city of the previous release for all tests here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.upgrade.city import City, old_city
from tests.upgrade.previous import previous, tree_of


@pytest_asyncio.fixture(scope="module")
async def city(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    folder = tmp_path_factory.mktemp("upgrade")
    tree = tree_of(previous(), folder / "previous")
    async with old_city(mongodb_uri, folder, tree) as made:
        yield made
