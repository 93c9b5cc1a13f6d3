"""Storage on both drivers: transactions, encryption, majority, indexes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import OperationFailure

from schema.types.principal import CLOCK, Caller
from server.container.collections import INDEXES
from server.platform.core import audit
from server.platform.core.outbox import Outbox
from server.platform.core.throttle import Throttle
from server.platform.core.unit_of_work import Transaction, UnitOfWork
from server.platform.crypto.kms import local_keys
from server.platform.crypto.vault import DamagedError, KeyDestroyedError, Vault
from server.platform.db import DatabaseTransaction, DuplicateError, Store, prepare
from server.platform.kit.clock import utc_now
from server.platform.observability.health import Heartbeats
from tests.support.drivers import both_drivers


def vault_of(store: Store) -> Vault:
    return Vault(store, master_keys=local_keys(bytes(range(96))), index_key="index key of a test")


@both_drivers
async def test_a_transaction_is_whole_or_nothing(store: Store) -> None:
    async def good(within: DatabaseTransaction) -> str:
        await within["things"].insert_one({"_id": 1})
        await within["others"].insert_one({"_id": 1})
        return "done"

    async def bad(within: DatabaseTransaction) -> None:
        await within["things"].insert_one({"_id": 2})
        raise RuntimeError

    assert await store.transaction(good) == "done"
    with pytest.raises(RuntimeError):
        await store.transaction(bad)
    assert await store["things"].count_documents({}) == 1
    assert await store["others"].count_documents({}) == 1


@both_drivers
async def test_conflicting_transactions_are_run_again(store: Store) -> None:
    await store["counters"].insert_one({"_id": "n", "n": 0})

    async def add(within: DatabaseTransaction) -> None:
        row = await within["counters"].find_one({"_id": "n"})
        assert row is not None
        await within["counters"].update_one({"_id": "n"}, {"$set": {"n": row["n"] + 1}})

    await asyncio.gather(*(store.transaction(add) for _ in range(8)))
    row = await store["counters"].find_one({"_id": "n"})
    assert row is not None
    assert row["n"] == 8


class Fault:
    """The first so many commits fail: before they happened, or after, when no one can know."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, session: type, label: str, times: int) -> None:
        honest, self.left = session.commit_transaction, times  # type: ignore[attr-defined]

        async def commit(this: Any) -> None:
            if not self.left:
                await honest(this)
                return
            self.left -= 1
            if label == "TransientTransactionError":
                await this.abort_transaction()
            else:
                await honest(this)
            raise OperationFailure("made up", 112, {"errorLabels": [label]})

        monkeypatch.setattr(session, "commit_transaction", commit)


@both_drivers
@pytest.mark.parametrize(("label", "runs"), [("TransientTransactionError", 3), ("UnknownTransactionCommitResult", 1)])
async def test_a_commit_that_fails_is_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, label: str, runs: int
) -> None:
    session = AsyncIOMotorClientSession if store.driver == "motor" else AsyncClientSession
    Fault(monkeypatch, session, label, times=2)
    ran = []

    async def body(within: DatabaseTransaction) -> None:
        ran.append(1)
        await within["things"].insert_one({"n": 1})

    await store.transaction(body)
    assert len(ran) == runs
    assert await store["things"].count_documents({}) == 1


@both_drivers
async def test_a_commit_that_fails_for_good_is_raised(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    session = AsyncIOMotorClientSession if store.driver == "motor" else AsyncClientSession
    Fault(monkeypatch, session, "", times=1)

    async def body(within: DatabaseTransaction) -> None:
        await within["things"].insert_one({"n": 1})

    with pytest.raises(OperationFailure):
        await store.transaction(body)


@both_drivers
async def test_sealed_values_are_ciphertext_until_opened(store: Store) -> None:
    vault = vault_of(store)
    key = await vault.create_key()
    sealed = await vault.seal(key, {"name": "陈小萤", "n": 1, "list": ["x"], "none": None})
    assert "陈小萤".encode() not in bytes(sealed)
    assert await vault.open(sealed) == {"name": "陈小萤", "n": 1, "list": ["x"], "none": None}
    assert sealed != await vault.seal(key, {"name": "陈小萤", "n": 1, "list": ["x"], "none": None})
    await vault.close()


@both_drivers
async def test_a_vault_that_was_restarted_opens_what_another_sealed(store: Store) -> None:
    first, second = vault_of(store), vault_of(store)
    key = await first.create_key()
    one, two = await first.seal(key, {"n": 1}), await second.seal(key, {"n": 2})
    assert [(await v.open(s))["n"] for v in (first, second) for s in (one, two)] == [1, 2, 1, 2]
    await first.close()
    await second.close()


async def test_a_sealed_value_that_was_changed_is_damaged(store: Store) -> None:
    vault = vault_of(store)
    key = await vault.create_key()
    sealed = bytes(await vault.seal(key, {"n": 1}))
    for changed in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b"", b"\0"):
        with pytest.raises(DamagedError):
            await vault.open_bytes(changed)
    await vault.close()


async def test_content_keys_are_in_memory_for_minutes_and_no_longer(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.platform.crypto.vault._KEPT_SECONDS", 0.05)
    monkeypatch.setattr("server.platform.crypto.vault._LOOK_SECONDS", 0.0)
    vault = vault_of(store)
    for _ in range(3):
        await vault.seal(await vault.create_key(), {"n": 1})
    async with asyncio.timeout(30):
        while vault._held:  # noqa: ASYNC110 - no one tells
            await asyncio.sleep(0.01)
    sealed = await vault.seal(await vault.create_key(), {"n": 2})
    assert (await vault.open(sealed))["n"] == 2
    assert len(vault._held) == 1
    await vault.close()


async def test_all_that_is_sealed_of_a_person_shares_a_content_key(store: Store) -> None:
    first, second = vault_of(store), vault_of(store)
    key = await first.create_key()
    sealed = [await vault.seal(key, {"n": n}) for vault in (first, second) for n in range(5)]
    await first.sealers([key])
    assert [(await first.open(s))["n"] for s in sealed] == [*range(5), *range(5)]
    assert [len(vault._held) for vault in (first, second)] == [1, 1]
    await first.close()
    await second.close()


async def test_content_keys_in_memory_are_bounded_in_number_and_the_rest_are_opened_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.platform.crypto.vault._KEPT_KEYS", 4)
    vault = vault_of(store)
    keys = [await vault.create_key() for _ in range(10)]
    sealed = [await vault.seal(key, {"n": n}) for n, key in enumerate(keys)]
    assert [(await vault.open(s))["n"] for s in sealed] == list(range(10))
    assert len(vault._held) == 4
    await vault.destroy_key(keys[-1])
    assert len(vault._held) == 3
    await vault.close()


@both_drivers
async def test_a_destroyed_key_opens_nothing(store: Store) -> None:
    vault = vault_of(store)
    key = await vault.create_key()
    sealed = await vault.seal(key, {"name": "陈小萤"})
    await vault.destroy_key(key)
    fresh = vault_of(store)
    with pytest.raises(KeyDestroyedError):
        await fresh.open(sealed)
    await fresh.close()
    await vault.close()


@both_drivers
async def test_indexes_can_be_prepared_again(store: Store) -> None:
    await prepare(store, INDEXES)
    await store["citizens"].insert_one({"_id": 1, "id_index": b"a"})
    with pytest.raises(DuplicateError):
        await store["citizens"].insert_one({"_id": 2, "id_index": b"a"})
    await store["citizens"].insert_one({"_id": 3, "id_index": b"b"})


@both_drivers
async def test_a_change_commits_with_its_audit_and_outbox_rows(store: Store) -> None:
    vault = vault_of(store)
    unit_of_work = UnitOfWork(
        store, vault, Outbox(store, vault, utc_now, Heartbeats()), utc_now, Throttle(store, utc_now)
    )
    key = await vault.create_key()

    async def body(tx: Transaction) -> dict[str, Any]:
        await tx.audit("case:1", "tested", {"n": 1})
        await tx.notify("sms", key, {"phone": "1"})
        if fails:
            raise RuntimeError
        return {"n": 1}

    fails = True
    with pytest.raises(RuntimeError):
        await unit_of_work.run(Caller(CLOCK), "test", body)
    assert await store["audit"].count_documents({}) == 0
    assert await store["outbox"].count_documents({}) == 0
    fails = False
    assert await unit_of_work.run(Caller(CLOCK), "test", body) == {"n": 1}
    assert await store["audit"].count_documents({}) == 1
    assert await store["outbox"].count_documents({"done": False}) == 1
    assert await audit.verify(store) == []
    await vault.close()


async def test_blind_indexes_depend_on_purpose_and_key(store: Store) -> None:
    vault = vault_of(store)
    assert vault.blind("a", "x") == vault.blind("a", "x")
    assert vault.blind("a", "x") != vault.blind("b", "x")
    other = Vault(store, master_keys=local_keys(bytes(range(96))), index_key="another key")
    assert other.blind("a", "x") != vault.blind("a", "x")


@both_drivers
async def test_a_wrong_master_key_is_a_fault_and_not_a_destroyed_key(store: Store) -> None:
    vault = vault_of(store)
    sealed = await vault.seal(await vault.create_key(), {"n": 1})
    wrong = Vault(store, master_keys=local_keys(bytes(96)), index_key="index key of a test")
    with pytest.raises(Exception, match="not configured") as fault:
        await wrong.open(sealed)
    assert not isinstance(fault.value, KeyDestroyedError)
    await wrong.close()
    await vault.close()
