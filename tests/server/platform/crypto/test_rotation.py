"""Rotation of the master key: nothing lost, nothing stopped, and the former key opens nothing afterwards."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
from pathlib import Path

import pytest

from server.cli.main import main
from server.platform.crypto.kms import local_keys, name_of
from server.platform.crypto.rotation import Rotated, rotate
from server.platform.crypto.vault import KeyDestroyedError, Vault
from server.platform.db import SealingError, Store, open_store
from server.platform.db.master_keys import MasterKeys
from server.platform.db.store import Sealed, data_key_of, rewrap
from tests.support.people import YING
from tests.support.world import Chat, World

FORMER, PRESENT = os.urandom(96), os.urandom(96)
BEFORE = local_keys(FORMER)
READY = local_keys(FORMER, PRESENT)
DURING = local_keys(PRESENT, FORMER, first=FORMER)
AFTER = local_keys(PRESENT)
both_drivers = pytest.mark.parametrize("store", ["motor", "pymongo"], indirect=True)
Kept = dict[int, tuple[Sealed, Sealed]]


def nobody(_what: str, _done: int, _total: int) -> None:
    """No progress bar."""


def vault_of(store: Store, keys: MasterKeys) -> Vault:
    return Vault(store, master_keys=keys, index_key="an index key of a test")


async def make(vault: Vault, numbers: range) -> Kept:
    made: Kept = {}
    for n in numbers:
        key = await vault.create_key()
        made[n] = (key, await vault.seal(key, {"n": n}))
    return made


@pytest.mark.long
@both_drivers
async def test_rotating_loses_nothing_while_reads_and_writes_go_on(store: Store) -> None:
    """Servers of both steps, wrapping by the former and by the present key, read, write and forget all the while."""
    old, new = vault_of(store, READY), vault_of(store, DURING)
    kept = await make(vault_of(store, BEFORE), range(1000))
    gone: list[Sealed] = []
    rotating = True

    async def work(vault: Vault, first: int) -> None:
        n = first
        while rotating:
            kept.update(await make(vault, range(n, n + 3)))
            sealed = kept[secrets.randbelow(1000)][1]  # those that no one forgets
            fresh = vault_of(store, DURING if vault is new else READY)
            assert "n" in await fresh.open(sealed)
            await fresh.close()
            key, sealed = kept.pop(n)
            await vault.destroy_key(key)
            gone.append(sealed)
            n += 3

    workers = [asyncio.create_task(work(old, 10_000)), asyncio.create_task(work(new, 20_000))]
    first = await rotate(store, DURING, nobody, batch=50)
    assert first.done >= 1000
    rotating = False
    await asyncio.gather(*workers)
    last = await rotate(store, DURING, nobody)  # what the former step's servers made behind its back
    assert last.left == 0
    assert gone

    only_new, only_old = vault_of(store, AFTER), vault_of(store, BEFORE)
    for n, (_, sealed) in kept.items():
        assert await only_new.open(sealed) == {"n": n}
    for _, sealed in kept.values():
        with pytest.raises(SealingError):
            await only_old.open(sealed)
    for sealed in gone:
        with pytest.raises(KeyDestroyedError):
            await only_new.open(sealed)
    assert await store["data_keys"].count_documents({}) == len(kept)
    for vault in (old, new, only_new, only_old):
        await vault.close()


async def test_a_rotation_that_was_stopped_goes_on_where_it_stopped(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = vault_of(store, BEFORE)
    kept = await make(vault, range(50))
    real, calls = rewrap, 0

    async def dies(*arguments: object) -> int:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return await real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("server.platform.crypto.rotation.rewrap", dies)
    with pytest.raises(KeyboardInterrupt):
        await rotate(store, DURING, nobody, batch=10)
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr("server.platform.crypto.rotation.rewrap", real)
    assert await rotate(store, DURING, lambda _, done, total: seen.append((done, total))) == Rotated(30, 0)
    assert (seen[0], seen[-1]) == ((0, 30), (30, 30))
    assert await rotate(store, DURING, nobody) == Rotated(0, 0)
    only_new = vault_of(store, AFTER)
    assert [(await only_new.open(sealed))["n"] for _, sealed in kept.values()] == list(range(50))
    await only_new.close()
    await vault.close()


async def test_data_keys_from_before_master_keys_had_names_are_rotated_too(store: Store) -> None:
    unnamed = MasterKeys({"local": {"key": FORMER}}, "local")
    vault = vault_of(store, unnamed)
    kept = await make(vault, range(3))
    for keys in (BEFORE, READY, DURING):
        opening = vault_of(store, keys)
        assert await opening.open(kept[2][1]) == {"n": 2}
        await opening.close()
    assert await rotate(store, DURING, nobody) == Rotated(3, 0)
    only_new = vault_of(store, AFTER)
    assert await only_new.open(kept[2][1]) == {"n": 2}
    await only_new.close()
    await vault.close()


async def test_without_the_former_key_rotating_fails_and_changes_nothing(store: Store) -> None:
    vault = vault_of(store, BEFORE)
    kept = await make(vault, range(3))
    with pytest.raises(SealingError):
        await rotate(store, AFTER, nobody)
    fresh = vault_of(store, BEFORE)
    assert await fresh.open(kept[0][1]) == {"n": 0}
    names = [row["masterKey"]["provider"] for row in await store["data_keys"].find({}).to_list(None)]
    assert names == [name_of(FORMER)] * 3
    await fresh.close()
    await vault.close()


def test_the_name_of_a_master_key_tells_nothing_and_differs() -> None:
    assert name_of(FORMER) != name_of(PRESENT)
    assert len(name_of(FORMER)) == len("local:") + 16
    assert FORMER.hex() not in repr(BEFORE)


def base64_of(key: bytes) -> str:
    return base64.b64encode(key).decode()


@pytest.mark.long
async def test_egret_keys_rotate_over_a_city_in_use(
    world: World, mongodb_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The command itself: afterwards a server with the new key alone knows everybody, and the audit chain says so."""
    me = await world.enrol(YING)
    given = {
        "MONGODB_URI": mongodb_uri,
        "DATABASE": world.container.store.name,
        "DATA_DIR": str(tmp_path),
        "SCHEME": world.container.settings.scheme,
        "MASTER_KEY": base64_of(PRESENT),
        "PREVIOUS_MASTER_KEY": world.container.settings.master_key.get_secret_value(),
    }
    for name in ("token_key", "index_key", "wechat_token", "wechat_aes_key", "wechat_app_secret"):
        given[name.upper()] = getattr(world.container.settings, name).get_secret_value()
    for name, value in given.items():
        monkeypatch.setenv(f"EGRET_{name}", value)
    assert await asyncio.to_thread(main, ["keys", "rotate"]) == 0
    assert "data keys wrapped again" in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["audit", "verify"]) == 0
    again = open_store(mongodb_uri, world.container.store.name, "motor")
    index_key = world.container.settings.index_key.get_secret_value()
    vault = Vault(again, master_keys=AFTER, index_key=index_key)
    citizen = await world.container.citizens.get(me.id)
    assert (await vault.open(citizen["sealed"]))["name"] == YING.name
    await vault.close()
    await again.close()
    assert "500" in await Chat(world).say("查询")
    link = await world.container.store["audit"].find_one({"chain": "keys"})
    assert link is not None
    assert (link["action"], link["details"]["left"]) == ("keys.rotated", 0)
    monkeypatch.delenv("EGRET_PREVIOUS_MASTER_KEY")
    monkeypatch.setenv("EGRET_MASTER_KEY", base64_of(FORMER))
    assert await asyncio.to_thread(main, ["keys", "rotate"]) == 1
    assert "what is stored does not open with the master keys that are set" in capsys.readouterr().err


async def test_a_data_key_out_of_an_old_backup_opens_with_the_master_key_of_its_time_alone(store: Store) -> None:
    """Why the former master key is destroyed: only then is anyone who left unreadable in older backups as well."""
    vault = vault_of(store, BEFORE)
    ((key, sealed),) = (await make(vault, range(1))).values()
    backup = await store["data_keys"].find_one({"_id": data_key_of(key)})
    assert backup is not None
    await vault.destroy_key(key)
    await rotate(store, DURING, nobody)
    await store["data_keys"].insert_one(backup)
    only_new, only_old = vault_of(store, AFTER), vault_of(store, BEFORE)
    with pytest.raises(SealingError):
        await only_new.open(sealed)
    assert await only_old.open(sealed) == {"n": 0}
    for each in (vault, only_new, only_old):
        await each.close()
