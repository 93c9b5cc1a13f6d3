"""How often a citizen's sign-in at a provider goes to the database: three times."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from server.container.collections import INDEXES
from server.platform.db import Store, open_store, prepare
from server.platform.db import store as store_module
from tests.support.commands import Counter
from tests.support.provider import CityProvider
from tests.support.sign_in import VERIFIED, Person, PhoneApp, ixiamen, people, person, settings
from tests.support.world import World

__all__ = ["ixiamen", "people", "person", "settings"]
MOST = 3


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest_asyncio.fixture
async def store(mongodb_uri: str, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    for name in ("_OPTIONS", "_QUICK_OPTIONS"):
        monkeypatch.setattr(store_module, name, {**getattr(store_module, name), "event_listeners": [counter]})
    opened = open_store(mongodb_uri, "counted-sign-in", "motor")
    await prepare(opened, INDEXES)
    yield opened
    await opened.drop()
    await opened.close()


async def test_from_an_app(world: World, ixiamen: CityProvider, counter: Counter) -> None:
    ixiamen.people["ying"].claims = VERIFIED
    app = PhoneApp(world, ixiamen)
    assert "session" in await app.log_in()
    given = await app.signed_in_there()
    counter.sent.clear()
    assert "session" in await app.redeem(given)
    assert len(counter.sent) <= MOST, counter.sent


async def test_on_a_page(world: World, ixiamen: CityProvider, person: Person, counter: Counter) -> None:
    ixiamen.people["ying"].claims = VERIFIED
    await person.sign_in()
    person.http.cookies.delete("egret_page")  # the browser is known
    back = await person.at_provider(await person.to_provider())
    counter.sent.clear()
    assert (await person.http.get(back)).headers["location"] == "/h5/"
    assert len(counter.sent) <= MOST, counter.sent
