"""How often a chat message goes to the database: twice, where it changes nothing but the dialog."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from server.chat.dispatcher import Dispatcher
from server.container import build_container
from server.container.collections import INDEXES
from server.platform.db import open_store, prepare
from server.platform.db import store as store_module
from server.settings import Settings
from tests.conftest import SetClock
from tests.support.commands import Counter
from tests.support.messages import message


@pytest_asyncio.fixture(params=["motor", "pymongo"])
async def counted(
    mongodb_uri: str,
    settings: Settings,
    clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[tuple[Dispatcher, Counter]]:
    counter = Counter()
    for name in ("_OPTIONS", "_QUICK_OPTIONS"):
        monkeypatch.setattr(store_module, name, {**getattr(store_module, name), "event_listeners": [counter]})
    store = open_store(mongodb_uri, f"counted-{request.param}", request.param)
    await prepare(store, INDEXES)
    async with httpx.AsyncClient() as http:
        container = build_container(settings, store, http, clock)
        yield Dispatcher(container), counter
        await container.vault.close()
    await store.drop()
    await store.close()


async def test_a_message_that_changes_only_the_dialog_takes_two(counted: tuple[Dispatcher, Counter]) -> None:
    bot, counter = counted
    await bot.receive(message("帮助", 1))
    for number, said in enumerate(("菜单", "取消", "今天天气怎么样", "English", "help"), 2):
        counter.sent.clear()
        await bot.receive(message(said, number))
        assert len(counter.sent) <= (3 if said == "English" else 2), (said, counter.sent)


async def test_a_menu_takes_the_row_that_sends_it_besides(counted: tuple[Dispatcher, Counter]) -> None:
    bot, counter = counted
    bot._container.settings.wechat_menus = True
    await bot.receive(message("帮助", 1))
    counter.sent.clear()
    assert await bot.receive(message("你好", 2)) is None
    assert len(counter.sent) <= 4, counter.sent


async def test_a_retry_takes_no_more_than_what_it_has_to_find_out(counted: tuple[Dispatcher, Counter]) -> None:
    bot, counter = counted
    first = await bot.receive(message("帮助", 1))
    counter.sent.clear()
    assert await bot.receive(message("帮助", 1)) == first
    assert len(counter.sent) <= 5, counter.sent
