"""The vault opens keys of many people at once, and never asks for more of them than it has connections."""

from __future__ import annotations

import asyncio

import pytest

from server.platform.crypto import vault
from server.platform.crypto.vault import _MOST_OPENING
from server.platform.db.store import Encryption, Store, open_value
from tests.support.world import World


async def test_keys_of_a_whole_file_are_opened_some_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = world.container.vault
    keys = [await ours.create_key() for _ in range(3 * _MOST_OPENING)]
    sealed = [(await ours.sealer(key)).seal({"n": n}) for n, key in enumerate(keys)]
    ours._held.clear()
    opening, most = 0, 0

    async def counted(store: Store, encryption: Encryption, value: bytes) -> bytes | None:
        nonlocal opening, most
        opening += 1
        most = max(most, opening)
        await asyncio.sleep(0)
        try:
            return await open_value(store, encryption, value)
        finally:
            opening -= 1

    monkeypatch.setattr(vault, "open_value", counted)
    sealers = await ours.sealers(keys)
    assert most == _MOST_OPENING
    assert len(sealers) == len(keys)
    assert [one["n"] for one in await ours.open_each(sealed)] == list(range(len(keys)))
