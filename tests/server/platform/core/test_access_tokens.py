"""One access token for all processes, renewed by one of them at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from server.platform.core.access_tokens import AccessTokens
from server.platform.crypto.signed_tokens import SignedTokens
from server.platform.db import Document, Query, Store
from tests.conftest import SetClock


class Platform:
    """Gives a new token each time, slowly."""

    def __init__(self) -> None:
        self.given = 0
        self.fails = False

    async def fetch(self) -> tuple[str, int]:
        await asyncio.sleep(0.05)
        if self.fails:
            raise RuntimeError("the platform is down")
        self.given += 1
        return f"token-{self.given}" + "x" * 500, 7200


def process(store: Store, clock: SetClock, key: str = "k" * 32) -> AccessTokens:
    return AccessTokens(store, clock, SignedTokens(store, clock, "http://egret.test", key), "wx1")


async def test_many_processes_at_once_get_one_token(store: Store, clock: SetClock) -> None:
    platform, processes = Platform(), [process(store, clock) for _ in range(8)]
    tokens = await asyncio.gather(*(p.current(platform.fetch) for p in processes for _ in range(3)))
    assert len(set(tokens)) == 1
    assert platform.given == 1


async def test_it_is_renewed_before_it_ends(store: Store, clock: SetClock) -> None:
    platform, tokens = Platform(), process(store, clock)
    first = await tokens.current(platform.fetch)
    clock.advance(minutes=114)
    assert await tokens.current(platform.fetch) == first
    clock.advance(minutes=2)
    assert await tokens.current(platform.fetch) != first


async def test_a_stale_one_is_replaced_once_for_all(store: Store, clock: SetClock) -> None:
    platform, one, two = Platform(), process(store, clock), process(store, clock)
    stale = await one.current(platform.fetch)
    assert await two.current(platform.fetch) == stale
    fresh = await asyncio.gather(one.current(platform.fetch, stale), two.current(platform.fetch, stale))
    assert fresh[0] == fresh[1] != stale
    assert platform.given == 2


async def test_what_was_renewed_between_the_look_and_the_lease_is_not_renewed_again(
    store: Store, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, one, two = Platform(), process(store, clock), process(store, clock)
    stale = await one.current(platform.fetch)
    take = two._lease.take
    renewed = []

    async def one_is_faster(query: Query, owner: str, *, upsert: bool) -> Document | None:
        renewed.append(await one.current(platform.fetch, stale))
        return await take(query, owner, upsert=upsert)

    monkeypatch.setattr(two._lease, "take", one_is_faster)
    assert [await two.current(platform.fetch, stale)] == renewed
    assert await one._lease.take({"_id": "wx1"}, "one") is not None, "the lease that was not needed was released"
    assert platform.given == 2


async def test_a_failure_lets_the_next_one_try(store: Store, clock: SetClock) -> None:
    platform, one, two = Platform(), process(store, clock), process(store, clock)
    platform.fails = True
    with pytest.raises(RuntimeError):
        await one.current(platform.fetch)
    platform.fails = False
    assert (await two.current(platform.fetch)).startswith("token-1")


async def test_a_renewer_that_died_is_followed_by_another(store: Store, clock: SetClock) -> None:
    platform, one, two = Platform(), process(store, clock), process(store, clock)
    assert await one._lease.take({"_id": "wx1"}, "one", upsert=True) is not None
    clock.advance(seconds=timedelta(seconds=16).total_seconds())
    assert (await two.current(platform.fetch)).startswith("token-1")


async def test_it_is_kept_encrypted_and_another_key_reads_nothing(store: Store, clock: SetClock) -> None:
    platform = Platform()
    await process(store, clock).current(platform.fetch)
    row = await store["access_tokens"].find_one({})
    assert "token-1" not in str(row)
    assert (await process(store, clock, "z" * 32).current(platform.fetch)).startswith("token-2")
